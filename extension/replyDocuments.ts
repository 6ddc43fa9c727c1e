/** Measured replies as read-only documents, so that closing one asks nothing. */
import * as vscode from 'vscode';

/** The scheme of these documents. */
export const replyScheme = 'joulelens-reply';

/** Opens replies beside the transcript. */
export interface ReplyDocuments extends vscode.Disposable {
  open(name: string, reply: string): Promise<void>;
}

/** Registers the scheme. */
export function provideReplies(): ReplyDocuments {
  const texts = new Map<string, string>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(replyScheme, {
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
  });
  const closing = vscode.workspace.onDidCloseTextDocument((document) => texts.delete(document.uri.toString()));
  let count = 0;
  return {
    async open(name, reply) {
      count += 1;
      const uri = vscode.Uri.from({ scheme: replyScheme, path: `/${name}`, query: String(count) });
      texts.set(uri.toString(), reply);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
    },
    dispose: () => vscode.Disposable.from(registration, closing).dispose(),
  };
}
