/** Servers that reject a parameter: how to see it, and the same request without it. Each is tried at most once. */

export type ChatBody = Record<string, unknown>;

/** One row of the table. */
interface Adaptation {
  readonly id: string;
  readonly applies: (errorText: string, body: ChatBody) => boolean;
  readonly adapt: (body: ChatBody) => ChatBody;
  /** For the user: what changed. */
  readonly warning: string;
}

/** `body` without some of its fields. */
function without(body: ChatBody, ...fields: string[]): ChatBody {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.includes(name)));
}

const unknownField = /(extra|unknown|unrecogni[sz]ed|unexpected|unsupported|not permitted|not allowed)/i;

const adaptations: readonly Adaptation[] = [
  {
    id: 'maxCompletionTokens',
    applies: (text, body) => 'max_tokens' in body && /max_completion_tokens/.test(text),
    adapt: (body) => ({ ...without(body, 'max_tokens'), max_completion_tokens: body['max_tokens'] }),
    warning: 'The endpoint wants max_completion_tokens in place of max_tokens; sent again so.',
  },
  {
    id: 'sampling',
    applies: (text, body) => 'temperature' in body && /\b(temperature|seed)\b/i.test(text),
    adapt: (body) => without(body, 'temperature', 'seed'),
    warning: 'The endpoint rejected temperature 0 or the seed; sent again without them, so replies may differ.',
  },
  {
    id: 'streamOptions',
    applies: (text, body) =>
      'stream_options' in body && (/stream_options|include_usage/i.test(text) || unknownField.test(text)),
    adapt: (body) => without(body, 'stream_options'),
    warning: 'The endpoint rejected stream_options; sent again without it, so token counts may be missing.',
  },
];

/** The request as an endpoint with known quirks wants it. */
export function withQuirks(body: ChatBody, quirks: ReadonlySet<string>): ChatBody {
  return adaptations.filter(({ id }) => quirks.has(id)).reduce((adapted, row) => row.adapt(adapted), body);
}

/** The request to try next after an error, or null where there is none. `quirks` grows by the row used. */
export function adaptRequest(
  status: number,
  errorText: string,
  body: ChatBody,
  quirks: Set<string>,
): { readonly body: ChatBody; readonly warning: string } | null {
  if (status !== 400 && status !== 422) {
    return null;
  }
  const row = adaptations.find((each) => !quirks.has(each.id) && each.applies(errorText, body));
  if (row === undefined) {
    return null;
  }
  quirks.add(row.id);
  return { body: row.adapt(body), warning: row.warning };
}
