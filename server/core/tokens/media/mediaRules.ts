/** Which rule counts a model's images and recordings: one row for each family, with where it is published. */
import type { ContentPiece } from '../../transcript/model.js';
import { imageTokens, isUnshrunk, type ImageRule } from './imageRules.js';

/** How a model counts images and recordings. */
export interface MediaRule {
  readonly title: string;
  readonly image?: ImageRule;
  /** Tokens a second of a recording. */
  readonly audioPerSecond?: number;
  /** Of a recording that a reply is; absent where it is the same. */
  readonly replyAudioPerSecond?: number;
  /** Whether the published rule gives the very number. */
  readonly exact: boolean;
  readonly source: string;
}

interface Row extends MediaRule {
  /** Tested on the model id in lower case. The first match counts. */
  readonly pattern: RegExp;
}

const OPENAI = 'OpenAI, Images and vision guide, Calculating costs (2025)';
/** OpenAI, Managing costs of the Realtime API: a token for 100 ms of a user's sound, and for 50 ms of a reply's. */
const AUDIO = 10;
const REPLY_AUDIO = 20;
const CLAUDE = 'Anthropic, Vision guide, Evaluate image size (2026)';

const tiles = (pattern: RegExp, title: string, base: number, perTile: number): Row => ({
  pattern,
  title,
  image: { kind: 'tiles', base, perTile },
  audioPerSecond: AUDIO,
  replyAudioPerSecond: REPLY_AUDIO,
  exact: true,
  source: OPENAI,
});
const patches = (pattern: RegExp, title: string, factor: number, exact = true, source = OPENAI): Row => ({
  pattern,
  title,
  image: { kind: 'patches', factor, most: 1536 },
  exact,
  source,
});
const other = (pattern: RegExp, title: string, image: ImageRule, source: string, audioPerSecond?: number): Row => ({
  pattern,
  title,
  image,
  exact: false,
  source,
  ...(audioPerSecond === undefined ? {} : { audioPerSecond }),
});

const ROWS: readonly Row[] = [
  patches(/gpt-4\.1-mini/, 'GPT-4.1 mini patches', 1.62),
  patches(/gpt-4\.1-nano/, 'GPT-4.1 nano patches', 2.46),
  patches(/(^|\/)o4-mini/, 'o4-mini patches', 1.72),
  // The guide says 1.62; what the API reports is 1.2 a patch (OpenAI's developer forum, June 2026).
  patches(/gpt-5-mini/, 'GPT-5 mini patches', 1.2, false, `${OPENAI}, and what the API reports`),
  patches(/gpt-5(\.\d)?-nano/, 'GPT-5 nano patches', 2.46, false),
  patches(/gpt-5\.\d-mini/, 'GPT-5 mini patches', 1.62, false),
  patches(/gpt-5\.[23]/, 'GPT-5.2 patches', 1.2, false, 'what the API reports'),
  other(
    /gpt-(5\.[4-9]|[6-9])/,
    'GPT-5.4 and later patches',
    { kind: 'patches', factor: 1.2, most: 10_000, mostHigh: 2500 },
    'what the API reports for ten sizes (data set image-token-cost, 2026)',
  ),
  tiles(/gpt-4o-mini/, 'GPT-4o mini tiles', 2833, 5667),
  tiles(/(^|\/)gpt-5(?!\.)/, 'GPT-5 tiles', 70, 140),
  { ...tiles(/(^|\/)gpt-5\./, 'GPT-5 tiles', 70, 140), exact: false },
  tiles(/(^|\/)o[13]\b/, 'o-series tiles', 75, 150),
  tiles(/(^|\/)(chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-4-(turbo|vision))/, 'GPT-4o tiles', 85, 170),
  other(
    /claude-[a-z]+-(4[.-][7-9]|[5-9])(?!\d)/,
    'Claude blocks of 28 pixels, at most 2,576 wide or high',
    { kind: 'blocks', maxEdge: 2576, most: 4784 },
    CLAUDE,
  ),
  other(/claude/, 'Claude blocks of 28 pixels', { kind: 'blocks', maxEdge: 1568, most: 1568 }, CLAUDE),
  other(
    /gemini-?[3-9]/,
    'Gemini 3, at most 1,120 an image',
    { kind: 'fixed', tokens: 1120 },
    'Google, Gemini API, Media resolution (the default); Understand and count tokens',
    32,
  ),
  other(/gemini/, 'Gemini tiles', { kind: 'crops' }, 'Google, Gemini API, Understand and count tokens', 32),
  // 256 soft tokens, a token on either side, and two line feeds on either side of those.
  other(
    /gemma-?3/,
    'Gemma 3, 256 an image',
    { kind: 'fixed', tokens: 260 },
    'Gemma 3 technical report, section 2; Transformers, Gemma3Processor',
  ),
  other(
    /qwen-?3.*omni/,
    'Qwen3-Omni cells of 32 pixels',
    { kind: 'cells', cell: 32, minArea: 65_536, maxArea: 16_777_216 },
    'Transformers, Qwen3OmniMoeProcessor: 13 tokens a second of sound',
    13,
  ),
  other(
    /qwen-?3.*vl/,
    'Qwen3-VL cells of 32 pixels',
    { kind: 'cells', cell: 32, minArea: 65_536, maxArea: 16_777_216 },
    'Qwen3-VL model card and preprocessor_config.json',
  ),
  other(
    /qwen.*(vl|omni)|qvq/,
    'Qwen-VL cells of 28 pixels',
    { kind: 'cells', cell: 28, minArea: 3_136, maxArea: 12_845_056 },
    'Qwen2.5-VL model card and preprocessor_config.json; Qwen2-Audio technical report (25 a second)',
    25,
  ),
  other(
    /llama-?4/,
    'Llama 4 tiles of 336 pixels',
    { kind: 'canvas' },
    "Meta's models/llama4/chat_format.py, _encode_image",
  ),
  other(
    /pixtral/,
    'Pixtral patches of 16 pixels',
    { kind: 'rows', cell: 16, maxEdge: 1024 },
    'Pixtral 12B paper, section 2; mistral-common',
  ),
  other(
    /mistral-(small|medium)|ministral-?3|magistral|mistral-large-3/,
    'Mistral cells of 28 pixels',
    { kind: 'rows', cell: 28, maxEdge: 1540 },
    'mistral-common, ImageEncoder; Mistral-Small-3.1 processor_config.json',
  ),
];

/** The rule for a model's images and recordings; undefined where none is published. */
export const mediaRuleOf = (modelId: string): MediaRule | undefined =>
  ROWS.find(({ pattern }) => pattern.test(modelId.trim().toLowerCase()));

/** What is assumed of an image or a recording that says nothing of its size. */
export const ASSUMED = { widthPixels: 1024, heightPixels: 1024, seconds: 30 } as const;

/** Tokens of a turn's images and recordings. */
export interface MediaTokens {
  readonly tokens: number;
  /** Whether the rule gives the very number, and the sizes are known. */
  readonly exact: boolean;
  readonly notes: readonly string[];
}

const NOTHING: MediaTokens = { tokens: 0, exact: true, notes: [] };
const round = (value: number): number => Math.ceil(value - 1e-9);

function pieceTokens({ kind, media = {} }: ContentPiece, rule: MediaRule | undefined, isReply: boolean): MediaTokens {
  if (kind === 'image' && rule?.image) {
    const { widthPixels, heightPixels, detail } = media;
    const fixed = rule.image.kind === 'fixed' || (rule.image.kind === 'tiles' && detail === 'low');
    const known = fixed || (widthPixels !== undefined && heightPixels !== undefined);
    const width = widthPixels ?? ASSUMED.widthPixels;
    const height = heightPixels ?? ASSUMED.heightPixels;
    const tokens = imageTokens(rule.image, width, height, detail);
    const sure = known && isUnshrunk(rule.image, width, height, detail);
    const size = `${ASSUMED.widthPixels} x ${ASSUMED.heightPixels} pixels assumed where a file does not say an image's size`;
    return { tokens, exact: rule.exact && sure, notes: [`images by rule: ${rule.title}`, ...(known ? [] : [size])] };
  }
  if (kind === 'audio' && rule?.audioPerSecond !== undefined) {
    const { seconds } = media;
    const rate = isReply ? (rule.replyAudioPerSecond ?? rule.audioPerSecond) : rule.audioPerSecond;
    const notes = [`recordings by rule: ${rate} tokens a second`];
    const length = `${ASSUMED.seconds} s assumed where a file does not say a recording's length`;
    return {
      tokens: round((seconds ?? ASSUMED.seconds) * rate),
      exact: false,
      notes: seconds === undefined ? [...notes, length] : notes,
    };
  }
  const what = kind === 'image' ? 'images' : 'recordings';
  return { tokens: 0, exact: false, notes: [`${what} are not counted: no rule is published for this model`] };
}

/** Tokens of the images and recordings among a turn's pieces. @param isReply whether the model said them */
export function mediaTokens(
  pieces: readonly ContentPiece[],
  rule: MediaRule | undefined,
  isReply = false,
): MediaTokens {
  const media = pieces.filter(({ kind }) => kind === 'image' || kind === 'audio');
  if (media.length === 0) return NOTHING;
  const each = media.map((piece) => pieceTokens(piece, rule, isReply));
  return {
    tokens: each.reduce((sum, { tokens }) => sum + tokens, 0),
    exact: each.every(({ exact }) => exact),
    notes: [...new Set(each.flatMap(({ notes }) => notes))],
  };
}
