/** Our token counts of a conversation beside those of an endpoint's own tokenizer. */
import { requestAt } from '../core/index.js';
import type { ConversationFigures } from '../core/index.js';
import { laterTokens } from '../core/energy/requests.js';
import type { Reply } from '../protocol/messages.js';
import type { CheckedTurnDto, CheckTokensParams, CheckTokensResult } from '../protocol/tokens.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Cancellation } from '../workspace/stages.js';
import type { LiveEndpoint, LivePort } from './livePort.js';
import { endpointFailure } from './measure.js';
import { failure, success } from './replies.js';
import { findRequest, type DocumentRequest } from './requests.js';
import type { TokenPorts } from './selectionCount.js';
import { checkHeadline, checkMarkdown } from './tokenCheckText.js';
import { sentTexts } from './tokenSelection.js';

export interface TokenCheckPorts extends Pick<TokenPorts, 'tokens'> {
  readonly live: Pick<LivePort, 'findTokenizer' | 'resolveModel'>;
}

/** Seconds for the questions which models and which routes there are. */
const probeSeconds = 10;

/** The counts of one side by side with the other's; `there` is null where it was not compared. */
interface Compared {
  readonly here: number;
  readonly there: number | null;
  readonly note?: string;
}

/** What a failed question means for one text: a status that the next text need not meet. Anything else ends the check. */
function refusal(error: unknown): string | null {
  const { code, message, details } = error as { code?: unknown; message?: unknown; details?: { status?: number } };
  const ofThisText =
    code === 'tooLarge' || (code === 'http' && [400, 404, 405, 413, 422, 500, 501].includes(details?.status ?? 0));
  return ofThisText && typeof message === 'string' ? message : null;
}

async function compare(here: number, ask: () => Promise<number>): Promise<Compared> {
  try {
    return { here, there: await ask() };
  } catch (error) {
    const note = refusal(error);
    if (note === null) throw error;
    return { here, there: null, note };
  }
}

/** Asks the endpoint, turn by turn and once for the whole prompt. Every failure is one clear line. */
export async function checkTokens(
  session: DocumentSession | undefined,
  params: CheckTokensParams,
  ports: TokenCheckPorts,
  signal: AbortSignal,
  cancellation: Cancellation,
  onProgress: (fraction: number, message: string) => void,
): Promise<Reply<CheckTokensResult>> {
  const request = await findRequest(session, { ...params, turn: null }, cancellation);
  if (!request.ok) return request;
  const { figures } = request.value;
  const endpoint: LiveEndpoint = { baseUrl: params.endpoint, apiKey: params.apiKey };
  const wanted = params.endpointModel ?? figures.choice.model.id;
  try {
    const probing = { timeoutSeconds: Math.min(probeSeconds, params.timeoutSeconds), signal };
    onProgress(0, 'looking for its tokenizer');
    const model = await ports.live.resolveModel(endpoint, wanted, probing);
    const options = { timeoutSeconds: params.timeoutSeconds, signal };
    const found = await ports.live.findTokenizer(endpoint, model.id, options);
    if (!found.tokenizer) {
      const tried = found.tried.map(({ route, answer }) => `${route}: ${answer}`).join('; ');
      return failure(
        'no-tokenizer',
        `${params.endpoint} has no tokenizer route, so nothing was compared. Tried ${tried}.`,
      );
    }
    const { tokenizer } = found;
    const { vocabulary } = figures.choice.tokens.tokenizer;
    const { turns } = figures.content;
    const checked: CheckedTurnDto[] = [];
    for (const [index, turn] of turns.entries()) {
      onProgress(index / (turns.length + 1), `turn ${index + 1} of ${turns.length}`);
      const texts = sentTexts(figures, index);
      if (texts.length === 0) continue;
      const counts = await ports.tokens.count(vocabulary, texts, signal);
      const here = counts.reduce((sum, count) => sum + count, 0);
      const compared = await compare(here, async () => {
        let there = 0;
        for (const text of texts) there += await tokenizer.countText(text);
        return there;
      });
      checked.push({ turn: index, role: turn.role, ...compared });
    }
    onProgress(turns.length / (turns.length + 1), 'the whole prompt');
    const prompt = await checkPrompt(request.value, () => tokenizer.countMessages(request.value.messages));
    const facts = {
      turns: checked,
      prompt,
      promptTurns: request.value.replyTurn,
      figures,
      endpointModel: model.id,
      title: tokenizer.title,
      url: tokenizer.url,
      chatRoute: tokenizer.chatRoute,
      warnings: model.warning === undefined ? [] : [model.warning],
    };
    const { outcome, headline } = checkHeadline(facts);
    return success({ outcome, headline, markdown: checkMarkdown(facts, headline), turns: checked, prompt });
  } catch (error) {
    if (signal.aborted) return failure('cancelled', 'Cancelled.');
    return endpointFailure(error, params.endpoint);
  }
}

/** The prompt of the request in its template: compared only where both sides read the same. */
async function checkPrompt(request: DocumentRequest, ask: () => Promise<number>): Promise<Compared> {
  const here = promptTokens(request.figures, request.replyTurn);
  // Placeholders as written are the same on both sides; what is not sent is not.
  const leftOut = requestAt(request.figures.content, request.replyTurn)?.leftOut ?? null;
  if (leftOut !== null) return { here, there: null, note: leftOut };
  return compare(here, ask);
}

/** Tokens of everything before a reply, the prompt that asks for it included. */
function promptTokens({ tokens }: ConversationFigures, replyTurn: number): number {
  const before = tokens.turns.slice(0, replyTurn).reduce((sum, turn) => sum + laterTokens(turn), 0);
  return before + (tokens.turns[replyTurn]?.lead ?? tokens.pendingLead);
}
