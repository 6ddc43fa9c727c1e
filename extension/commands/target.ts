/** Which document, and which place in it, a command is about. */
import * as vscode from 'vscode';
import type { Position, Reply, TurnReport } from '../../server/protocol/messages.js';
import { Method } from '../../server/protocol/messages.js';
import type { Host } from '../host.js';

/** A reply that says why there is no value. */
export type FailedReply = Extract<Reply<never>, { ok: false }>;

/** What the arguments of lenses and links may hold; anything else is ignored. */
export interface TargetArgument {
  readonly uri?: string;
  readonly position?: Position;
  readonly conversation?: number;
  readonly turn?: number | null;
}

/** Reads an unchecked argument: fields of another type are left out. */
export function targetArgument(value: unknown): TargetArgument {
  if (typeof value !== 'object' || value === null) {
    return {};
  }
  const { uri, position, conversation, turn } = value as Record<string, unknown>;
  return {
    ...(typeof uri === 'string' ? { uri } : {}),
    ...(isPosition(position) ? { position } : {}),
    ...(typeof conversation === 'number' ? { conversation } : {}),
    ...(typeof turn === 'number' || turn === null ? { turn } : {}),
  };
}

function isPosition(value: unknown): value is Position {
  const { line, character } = (value ?? {}) as Record<string, unknown>;
  return typeof line === 'number' && typeof character === 'number';
}

/** The editor of a document: the one that the argument names, opened where needed, else the active one. */
export async function targetEditor(argument: TargetArgument): Promise<vscode.TextEditor | undefined> {
  const active = vscode.window.activeTextEditor;
  if (argument.uri === undefined) {
    return active;
  }
  const uri = vscode.Uri.parse(argument.uri);
  const same = (editor: vscode.TextEditor): boolean => editor.document.uri.toString() === uri.toString();
  if (active !== undefined && same(active)) {
    return active;
  }
  const visible = vscode.window.visibleTextEditors.find(same);
  return vscode.window.showTextDocument(visible?.document ?? (await vscode.workspace.openTextDocument(uri)), {
    ...(visible?.viewColumn === undefined ? {} : { viewColumn: visible.viewColumn }),
  });
}

/** Says why a command that needs a transcript has nothing to work on, and offers to read the document as one. */
export async function reportNoTranscript(editor: vscode.TextEditor | undefined): Promise<void> {
  if (editor === undefined) {
    void vscode.window.showInformationMessage(
      'Joule Lens: open a chat transcript first (JSON, JSON Lines, Markdown or text).',
    );
    return;
  }
  const treat = 'Treat as Transcript';
  const choice = await vscode.window.showInformationMessage(
    'Joule Lens: no conversation was found in this document.',
    treat,
  );
  if (choice === treat) {
    await vscode.commands.executeCommand('joulelens.treatAsTranscript');
  }
}

/** Shows why the server could not answer: one clear line, with what to do where that is known. */
export function reportReply(reply: FailedReply, editor: vscode.TextEditor | undefined): void {
  if (reply.code === 'no-transcript') {
    void reportNoTranscript(editor);
  } else if (reply.code !== 'cancelled') {
    void vscode.window.showErrorMessage(`Joule Lens: ${reply.error}`);
  }
}

/** The turn at a place; null where there is none, undefined after a failure that was shown. */
export async function turnAt(
  host: Host,
  editor: vscode.TextEditor,
  position: Position,
): Promise<TurnReport | null | undefined> {
  const reply = await host.server.ask<TurnReport | null>(Method.turnAt, {
    uri: editor.document.uri.toString(),
    position: { line: position.line, character: position.character },
  });
  if (!reply.ok) {
    reportReply(reply, editor);
    return undefined;
  }
  return reply.value;
}
