/** The requests of any editor: code lenses, hovers, inlay hints. */
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { CancellationToken, CodeLens, Connection } from 'vscode-languageserver';
import { codeLenses, resolveLens } from './features/codeLens.js';
import type { LensData } from './features/codeLens.js';
import { hoverAt } from './features/hover.js';
import { inlayHints } from './features/inlayHints.js';
import { videoHoverAt } from './features/videoHover.js';
import { videoHints, videoLenses } from './features/videoLens.js';
import type { Reports } from './reports.js';
import type { Documents } from './workspace/documents.js';
import type { Measurements } from './workspace/measurements.js';
import type { DocumentSession } from './workspace/session.js';

/**
 * How long a list of lenses or hints waits for the counts, in milliseconds: figures that come at once with their
 * lenses do not move the text twice. After that the list comes without, and each lens follows when its conversation
 * is counted.
 */
const listWaitMilliseconds = 1500;

/** Texts up to this many code units are counted so soon that a hover may wait for it. */
const smallText = 200_000;
const hoverWaitMilliseconds = 1000;

const cancelled = (): ResponseError => new ResponseError(LSPErrorCodes.RequestCancelled, 'Cancelled.');

export function serveEditor(
  connection: Connection,
  documents: Documents,
  measurements: Measurements,
  reports: Reports,
): void {
  /** The session once it is parsed and, if that is soon, counted; null for documents without figures. */
  async function ready(
    uri: string,
    display: 'codeLens' | 'inlayHints',
    token: CancellationToken,
  ): Promise<DocumentSession | null> {
    const session = documents.get(uri);
    if (!session?.isTranscript || !(await session.untilParsed(token))) return null;
    if (session.settings?.display !== display) return null;
    await session.untilAllCounted(token, listWaitMilliseconds);
    // An edit may have come in the meantime.
    return (await session.untilParsed(token)) ? session : null;
  }

  /** The session of a document that asks for video clips, where figures are shown in this way. */
  async function withVideo(uri: string, display: 'codeLens' | 'inlayHints'): Promise<DocumentSession | null> {
    const session = documents.get(uri);
    if (!session || session.videoRequests.length === 0) return null;
    return (await session.display()) === display ? session : null;
  }

  connection.onCodeLens(async ({ textDocument: { uri } }, token) => {
    const video = await withVideo(uri, 'codeLens');
    if (video) return videoLenses(video);
    const session = await ready(uri, 'codeLens', token);
    if (token.isCancellationRequested) throw cancelled();
    return session ? codeLenses(session, measurements) : [];
  });

  connection.onCodeLensResolve(async (lens: CodeLens, token) => {
    const data = lens.data as LensData;
    const session = documents.byId(data.doc);
    await session?.untilCounted(data.conv, token);
    if (token.isCancellationRequested) throw cancelled();
    const resolved = session && resolveLens(lens, session);
    if (!resolved) throw new ResponseError(LSPErrorCodes.ContentModified, 'The document has changed.');
    return resolved;
  });

  connection.onHover(async ({ textDocument: { uri }, position }, token) => {
    const session = documents.get(uri);
    if (!session?.isTranscript) return session ? videoHoverAt(session, position) : null;
    if (!session.isCounted && session.text.length <= smallText) {
      await session.untilAllCounted(token, hoverWaitMilliseconds);
    }
    return hoverAt(session, position, measurements);
  });

  connection.languages.inlayHint.on(async ({ textDocument: { uri }, range }, token) => {
    const video = await withVideo(uri, 'inlayHints');
    if (video) return videoHints(video, range);
    const session = await ready(uri, 'inlayHints', token);
    if (token.isCancellationRequested) throw cancelled();
    if (!session) return [];
    if (!session.isCounted) reports.owe(session);
    return inlayHints(session, range);
  });
}
