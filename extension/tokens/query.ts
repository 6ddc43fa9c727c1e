/** An editor's selections as the server is asked about them. */
import * as vscode from 'vscode';
import type { SpanDto, TokenQuery } from '../../server/protocol/tokens.js';
import { isSynced } from '../client.js';

/** The selections that are not empty, as offsets. */
export function selectedSpans({ document, selections }: vscode.TextEditor): SpanDto[] {
  return selections
    .filter((selection) => !selection.isEmpty)
    .map((selection) => ({ start: document.offsetAt(selection.start), end: document.offsetAt(selection.end) }))
    .sort((a, b) => a.start - b.start);
}

/** The query for `spans`, with their texts where the server does not have the document. */
export function tokenQuery(document: vscode.TextDocument, spans: readonly SpanDto[]): TokenQuery {
  const textOf = ({ start, end }: SpanDto): string =>
    document.getText(new vscode.Range(document.positionAt(start), document.positionAt(end)));
  return {
    uri: document.uri.toString(),
    version: document.version,
    selections: [...spans],
    ...(isSynced(document) ? {} : { texts: spans.map(textOf) }),
  };
}
