/** The latest measurement of each conversation, for the commands that use its reply. */
import * as vscode from 'vscode';
import type { MeasurePlan, MeasureResult } from '../../server/protocol/messages.js';

/** A measurement and the request that it was of. */
export interface KeptMeasurement {
  readonly uri: string;
  readonly plan: MeasurePlan;
  readonly result: MeasureResult;
}

/** Measurements of this session. */
export interface Kept extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  add(measurement: KeptMeasurement): void;
  /** The latest of a conversation; of the whole document where no conversation is given. */
  of(uri: string, conversation?: number): KeptMeasurement | undefined;
  last(): KeptMeasurement | undefined;
}

/** Starts with none. Those of a document are dropped when it closes. */
export function keepMeasurements(): Kept {
  let all: KeptMeasurement[] = [];
  const change = new vscode.EventEmitter<void>();
  const closing = vscode.workspace.onDidCloseTextDocument((document) => {
    const uri = document.uri.toString();
    if (all.some((each) => each.uri === uri)) {
      all = all.filter((each) => each.uri !== uri);
      change.fire();
    }
  });
  return {
    onDidChange: change.event,
    add(measurement) {
      all = all.filter(
        (each) => each.uri !== measurement.uri || each.plan.conversation !== measurement.plan.conversation,
      );
      all.push(measurement);
      change.fire();
    },
    of: (uri, conversation) =>
      [...all]
        .reverse()
        .find((each) => each.uri === uri && (conversation === undefined || each.plan.conversation === conversation)),
    last: () => all.at(-1),
    dispose: () => vscode.Disposable.from(change, closing).dispose(),
  };
}
