/** Other versions of a document: as saved on disk, and as last committed. */
import * as vscode from 'vscode';

/** A version's whole text. */
export interface OtherVersion {
  /** `saved version`. */
  readonly name: string;
  readonly text: string;
}

/** The part of VS Code's Git extension that is used here (its API, version 1). */
interface GitExtension {
  getAPI(version: 1): {
    getRepository(uri: vscode.Uri): { show(ref: string, path: string): Promise<string> } | null;
  };
}

/** As the file is on disk, where the document has changes that are not saved; null else. */
export async function savedVersion(document: vscode.TextDocument): Promise<OtherVersion | null> {
  if (!document.isDirty || document.isUntitled) {
    return null;
  }
  try {
    const text = await vscode.workspace.decode(await vscode.workspace.fs.readFile(document.uri), { uri: document.uri });
    return { name: 'saved version', text };
  } catch {
    return null;
  }
}

/** As committed last, where the file is in a repository and differs from that; null else. */
export async function committedVersion(document: vscode.TextDocument): Promise<OtherVersion | null> {
  if (document.uri.scheme !== 'file') {
    return null;
  }
  try {
    const git = await vscode.extensions.getExtension<GitExtension>('vscode.git')?.activate();
    const repository = git?.getAPI(1).getRepository(document.uri);
    const text = await repository?.show('HEAD', document.uri.fsPath);
    return text === undefined || text === document.getText() ? null : { name: 'last commit', text };
  } catch {
    // No Git, no commit, or a file that is not in it.
    return null;
  }
}
