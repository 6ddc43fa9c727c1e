/** What the client can do, as it says at `initialize`. A client without an ability gets the server without it. */
import type { InitializeParams } from 'vscode-languageserver-protocol';

export interface ClientSupport {
  readonly configuration: boolean;
  readonly configurationChanges: boolean;
  readonly fileWatching: boolean;
  readonly workspaceFolders: boolean;
  readonly codeLensRefresh: boolean;
  readonly inlayHintRefresh: boolean;
}

export function clientSupport({ capabilities: { workspace } }: InitializeParams): ClientSupport {
  return {
    configuration: workspace?.configuration === true,
    configurationChanges: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    fileWatching: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    codeLensRefresh: workspace?.codeLens?.refreshSupport === true,
    inlayHintRefresh: workspace?.inlayHint?.refreshSupport === true,
  };
}
