/** A lens, or a hint, over each request for video clips. */
import type { CodeLens, InlayHint } from 'vscode-languageserver-protocol';
import { Command } from '../protocol/messages.js';
import type { Range, TurnAtParams } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { spokenVideo, videoTitle } from './videoText.js';

/** Lenses with their titles: figures of a clip take microseconds. */
export function videoLenses(session: DocumentSession): CodeLens[] {
  return session.videoRequests.map((request) => {
    const position = session.text.positionAt(request.anchor.start);
    const argument: TurnAtParams = { uri: session.uri, position };
    return {
      range: { start: position, end: position },
      command: { title: videoTitle(request), command: Command.showTurn, arguments: [argument] },
    };
  });
}

/** The same at the end of the line, for those who want no lines in between. */
export function videoHints(session: DocumentSession, range: Range): InlayHint[] {
  const [from, to] = [session.text.offsetAt(range.start), session.text.offsetAt(range.end)];
  return session.videoRequests
    .filter(({ anchor }) => anchor.start >= from && anchor.start <= to)
    .map((request) => ({
      position: session.text.positionAt(session.text.lineEnd(request.anchor.start)),
      label: videoTitle(request),
      paddingLeft: true,
      tooltip: spokenVideo(request),
    }));
}
