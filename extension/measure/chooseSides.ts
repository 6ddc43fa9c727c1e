/** Which two prompts to compare. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CompareSideParams, RequestChoice } from '../../server/protocol/history.js';
import { HistoryMethod } from '../../server/protocol/history.js';
import type { MeasurePlanParams } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';
import { committedVersion, savedVersion } from './otherVersions.js';
import type { OtherVersion } from './otherVersions.js';

/** Both prompts; the edited version is B where there is an earlier one. */
export interface Sides {
  readonly a: CompareSideParams;
  readonly b: CompareSideParams;
}

type Way = 'saved' | 'committed' | 'requests' | 'file';

interface WayItem extends vscode.QuickPickItem {
  readonly way: Way;
}

const nameOf = (uri: vscode.Uri): string => path.posix.basename(uri.path);

/** Asks; undefined when dismissed or after a shown failure. `here` is the request at the caret. */
export async function chooseSides(
  host: Host,
  document: vscode.TextDocument,
  here: MeasurePlanParams,
): Promise<Sides | undefined> {
  const [saved, committed] = await Promise.all([savedVersion(document), committedVersion(document)]);
  const name = nameOf(document.uri);
  const items: WayItem[] = [
    ...(saved
      ? [{ way: 'saved' as const, label: '$(save) The saved version against the edited one', description: name }]
      : []),
    ...(committed
      ? [
          {
            way: 'committed' as const,
            label: '$(git-commit) The last commit against the file as it is',
            description: name,
          },
        ]
      : []),
    { way: 'requests', label: '$(list-ordered) Two requests of this file', description: name },
    { way: 'file', label: '$(file) A request of this file against one of another file', description: name },
  ];
  const choice = await vscode.window.showQuickPick(items, {
    title: 'Compare Two Prompts (A/B)',
    placeHolder: 'Which two are measured in turn?',
  });
  switch (choice?.way) {
    case 'saved':
      return saved ? againstVersion(document, here, saved) : undefined;
    case 'committed':
      return committed ? againstVersion(document, here, committed) : undefined;
    case 'requests':
      return twoOf(host, document, document);
    case 'file': {
      const other = await chooseFile(document);
      return other && twoOf(host, document, other);
    }
    default:
      return undefined;
  }
}

/** The same request in an earlier version and as it is now. */
export function againstVersion(document: vscode.TextDocument, here: MeasurePlanParams, version: OtherVersion): Sides {
  const name = nameOf(document.uri);
  const place = here.turn === null ? 'next reply' : `reply at turn ${here.turn + 1}`;
  return {
    a: { ...here, label: `${name}, ${version.name}, ${place}`, text: version.text, languageId: document.languageId },
    b: { ...here, label: `${name}, as edited, ${place}` },
  };
}

async function twoOf(host: Host, first: vscode.TextDocument, second: vscode.TextDocument): Promise<Sides | undefined> {
  const a = await chooseRequest(host, first, 'A');
  const b = a && (await chooseRequest(host, second, 'B', first === second ? a : undefined));
  return a && b && { a, b };
}

async function chooseRequest(
  host: Host,
  document: vscode.TextDocument,
  side: 'A' | 'B',
  taken?: CompareSideParams,
): Promise<CompareSideParams | undefined> {
  await host.server.follow(document);
  const uri = document.uri.toString();
  const reply = await host.server.ask<RequestChoice[]>(HistoryMethod.requests, { uri });
  if (!reply.ok) {
    void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
    return undefined;
  }
  const free = reply.value.filter(
    ({ conversation, turn }) => conversation !== taken?.conversation || turn !== taken.turn,
  );
  if (free.length === 0) {
    const what =
      taken === undefined ? 'holds no request to measure' : 'holds one request alone; compare it with another file';
    void vscode.window.showInformationMessage(`Joule Lens: ${nameOf(document.uri)} ${what}.`);
    return undefined;
  }
  const items = free.map((choice) => ({ ...choice, choice }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `Compare Two Prompts: prompt ${side}`,
    placeHolder: `A request of ${nameOf(document.uri)}`,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) {
    return undefined;
  }
  const { conversation, turn, label } = picked.choice;
  return { uri, conversation, turn, label: `${nameOf(document.uri)}, ${label[0]!.toLowerCase()}${label.slice(1)}` };
}

async function chooseFile(document: vscode.TextDocument): Promise<vscode.TextDocument | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: 'Compare Two Prompts: the file of prompt B',
      openLabel: 'Choose',
      defaultUri: vscode.Uri.joinPath(document.uri, '..'),
    })) ?? [];
  return uri && vscode.workspace.openTextDocument(uri);
}
