/** Every command: one line each. The titles are in package.json. */
import * as vscode from 'vscode';
import type { CommandModule, Host } from '../host.js';
import { annotateFile } from './annotateFile.js';
import { calibrate } from './calibrate.js';
import { chooseModel } from './chooseModel.js';
import { chooseProfile } from './chooseProfile.js';
import { clearHistory } from './clearHistory.js';
import { comparePrompts } from './comparePrompts.js';
import { copyTable } from './copyTable.js';
import { createSettingsFile } from './createSettingsFile.js';
import { exportHistory } from './exportHistory.js';
import { fillTemplate } from './fillTemplate.js';
import { hideTokens } from './hideTokens.js';
import { insertReply } from './insertReply.js';
import { measure } from './measure.js';
import { nextTurn } from './nextTurn.js';
import { openReplyBeside } from './openReplyBeside.js';
import { openSample } from './openSample.js';
import { openWalkthrough } from './openWalkthrough.js';
import { previousTurn } from './previousTurn.js';
import { removeEndpointKey } from './removeEndpointKey.js';
import { restartServer } from './restartServer.js';
import { setUpEndpoint } from './setUpEndpoint.js';
import { showAllBranches } from './showAllBranches.js';
import { showMeasurements } from './showMeasurements.js';
import { showMenu } from './showMenu.js';
import { showOutput } from './showOutput.js';
import { showTokens } from './showTokens.js';
import { showTurn } from './showTurn.js';
import { treatAsTranscript } from './treatAsTranscript.js';
import { verifyTokens } from './verifyTokens.js';

const commands: readonly CommandModule[] = [
  annotateFile,
  calibrate,
  chooseModel,
  chooseProfile,
  clearHistory,
  comparePrompts,
  copyTable,
  createSettingsFile,
  exportHistory,
  fillTemplate,
  hideTokens,
  insertReply,
  measure,
  nextTurn,
  openReplyBeside,
  openSample,
  openWalkthrough,
  previousTurn,
  removeEndpointKey,
  restartServer,
  setUpEndpoint,
  showAllBranches,
  showMeasurements,
  showMenu,
  showOutput,
  showTokens,
  showTurn,
  treatAsTranscript,
  verifyTokens,
];

/** Registers them all. */
export function registerCommands(host: Host): vscode.Disposable {
  return vscode.Disposable.from(
    ...commands.map(({ id, run }) =>
      vscode.commands.registerCommand(`joulelens.${id}`, (...args: unknown[]) => run(host, ...args)),
    ),
  );
}
