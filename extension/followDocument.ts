/** Telling the server of one more kind of document, beyond those it is told of from the start. */
import {
  CodeLensRequest,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  HoverRequest,
  InlayHintRequest,
  TextDocumentSyncKind,
} from 'vscode-languageclient/node';
import type { LanguageClient } from 'vscode-languageclient/node';
import { randomUUID } from 'node:crypto';
import type { DocumentFilter } from './documentSelector.js';

/** Sends the documents of the filter that are open, and later ones, and shows what the server has of them. */
export function followDocuments(client: LanguageClient, filter: DocumentFilter): void {
  const documentSelector = [filter];
  const data = <T>(more: T) => ({ id: randomUUID(), registerOptions: { documentSelector, ...more } });
  client
    .getFeature(DidChangeTextDocumentNotification.method)
    .register(data({ syncKind: TextDocumentSyncKind.Incremental }));
  client.getFeature(DidCloseTextDocumentNotification.method).register(data({}));
  // Last of the three: it sends the text at once, and no change after it must be missed.
  client.getFeature(DidOpenTextDocumentNotification.method).register(data({}));
  client.getFeature(CodeLensRequest.method).register(data({ resolveProvider: true }));
  client.getFeature(HoverRequest.method).register(data({}));
  client.getFeature(InlayHintRequest.method).register(data({}));
}
