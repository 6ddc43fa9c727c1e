import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import { mediaRuleOf, mediaTokens } from '../../../server/core/tokens/media/mediaRules.js';
import type { ContentPiece, MediaFacts } from '../../../server/core/transcript/model.js';
import { turns } from '../../support/tokens/turns.js';

const image = (media?: MediaFacts): ContentPiece => ({
  kind: 'image',
  spans: [],
  text: '',
  ...(media ? { media } : {}),
});
const sized = (widthPixels: number, heightPixels: number, detail?: string): ContentPiece =>
  image({ widthPixels, heightPixels, ...(detail === undefined ? {} : { detail }) });
const audio = (seconds?: number): ContentPiece => ({
  kind: 'audio',
  spans: [],
  text: '',
  ...(seconds === undefined ? {} : { media: { seconds } }),
});
const tokens = (model: string, piece: ContentPiece): number => mediaTokens([piece], mediaRuleOf(model)).tokens;

describe('images and recordings by the published rules', () => {
  /** Worked examples of the publishers, or what their processors' formulas give by hand. */
  const EXAMPLES: readonly (readonly [string, ContentPiece, number])[] = [
    ['gpt-4o', sized(1024, 1024, 'high'), 765],
    ['gpt-4o', sized(2048, 4096, 'high'), 1105],
    ['gpt-4o', sized(4096, 8192, 'low'), 85],
    ['gpt-4o', sized(1024, 1024), 765],
    ['gpt-4o', sized(512, 512, 'high'), 255],
    ['gpt-4o-mini', sized(1024, 1024, 'high'), 2833 + 4 * 5667],
    ['o3', sized(1024, 1024, 'high'), 75 + 4 * 150],
    ['gpt-5', sized(1024, 1024, 'high'), 70 + 4 * 140],
    ['gpt-4.1-mini', sized(1024, 1024), Math.ceil(1024 * 1.62)],
    ['gpt-4.1-mini', sized(1800, 2400), Math.ceil(1452 * 1.62)],
    ['o4-mini', sized(1024, 1024), Math.ceil(1024 * 1.72)],
    // What the API reported for images of these sizes, less the 65 tokens of the request around them.
    ['claude-haiku-4-5', sized(256, 256), 165 - 65],
    ['claude-haiku-4-5', sized(1024, 1024), 1434 - 65],
    ['claude-haiku-4-5', sized(1280, 720), 1261 - 65],
    ['claude-haiku-4-5', sized(1920, 1080), 1625 - 65],
    ['claude-opus-4-7', sized(1920, 1080), 69 * 39],
    ['claude-opus-4-7', sized(2560, 1440), 4784],
    ['claude-3-5-sonnet-20241022', sized(2560, 1440), 1560],
    ['gpt-5-mini', sized(1280, 720), 1104],
    ['gpt-5-mini', sized(2048, 768), 1844],
    ['gpt-5.5', sized(1920, 1080), 2448],
    ['gpt-5.5', sized(3840, 2160), 9792],
    // Whole pixels: the API counts one row of tiles for 512.5.
    ['gpt-4.1', sized(2049, 513, 'high'), 85 + 8 * 170],
    ['gpt-4.1', sized(2050, 513, 'high'), 85 + 4 * 170],
    ['gemini-3-flash-preview', sized(4032, 3024), 1120],
    ['gemini-2.5-pro', sized(384, 384), 258],
    ['gemini-2.5-pro', sized(960, 540), 6 * 258],
    ['google/gemma-3-4b-it', sized(3000, 20), 260],
    ['Qwen/Qwen2.5-VL-7B-Instruct', sized(280, 560), 10 * 20 + 2],
    ['Qwen/Qwen3-VL-8B-Instruct', sized(640, 320), 20 * 10 + 2],
    // 2.5 cells are 2, and 3.5 are 4, as Python rounds.
    ['Qwen/Qwen2.5-VL-7B-Instruct', sized(70, 98), 2 * 4 + 2],
    ['Qwen/Qwen3-Omni-30B-A3B-Instruct', audio(10), 130],
    ['meta-llama/Llama-4-Scout-17B-16E-Instruct', sized(336, 336), 144 + 3],
    ['meta-llama/Llama-4-Scout-17B-16E-Instruct', sized(672, 336), 2 * 145 + 144 + 3],
    ['mistralai/Pixtral-12B-2409', sized(1024, 1024), 65 * 64],
    ['mistralai/Mistral-Small-3.1-24B-Instruct-2503', sized(280, 140), 11 * 5],
    ['gemini-2.5-flash', audio(60), 1920],
    ['gpt-4o-audio-preview', audio(2.5), 25],
  ];
  for (const [model, piece, expected] of EXAMPLES) {
    it(`${model}: ${JSON.stringify(piece.media)} is ${expected}`, () => assert.equal(tokens(model, piece), expected));
  }

  it("counts a reply's sound at its own rate where there is one", () => {
    const said = (model: string): number => mediaTokens([audio(2.5)], mediaRuleOf(model), true).tokens;
    assert.deepEqual([said('gpt-4o-audio-preview'), said('gemini-2.5-flash')], [50, 80]);
  });

  it('is sure of patches as far as an image is not shrunk', () => {
    const exact = (piece: ContentPiece): boolean => mediaTokens([piece], mediaRuleOf('gpt-4.1-mini')).exact;
    assert.deepEqual([exact(sized(1024, 1024)), exact(sized(1800, 2400))], [true, false]);
  });

  it('stays within bounds for images of any size', () => {
    const edge = fc.integer({ min: 1, max: 60_000 });
    const bounds = {
      'gpt-4o': 85 + 170 * 16,
      'gpt-4.1-mini': 1536 * 1.62 + 1,
      claude: 1568,
      'claude-opus-4-8': 4784,
      'llama-4': 145 * 16 + 147,
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(bounds)), edge, edge, ([model, most], width, height) => {
        const count = tokens(model, sized(width, height));
        assert.ok(Number.isInteger(count) && count > 0 && count <= most, `${model} ${width} x ${height}: ${count}`);
      }),
    );
  });

  const counted = async (model: string, piece: ContentPiece) => {
    const counter = {
      count: async (_: string, texts: readonly string[]) => Uint32Array.from(texts, ({ length }) => length),
    };
    return countConversationTokens(
      { turns: turns(['user', [piece]]) },
      tokensOfModel(model),
      counter,
      createTokenCache(),
    );
  };

  it('are part of the text of their turn, exact where the rule and the size are', async () => {
    const known = await counted('gpt-4o', sized(1024, 1024));
    assert.equal(known.turns[0]!.text, 765);
    assert.equal(known.exact, true);
    assert.match(known.notes.join('; '), /images by rule: GPT-4o tiles/);
    const url = await counted('gpt-4o', image());
    assert.equal(url.turns[0]!.text, 765);
    assert.equal(url.exact, false);
    assert.match(url.notes.join('; '), /1024 x 1024 pixels assumed/);
    assert.equal((await counted('gpt-4o', image({ detail: 'low' }))).exact, true);
    assert.equal((await counted('llama-3.1-8b', sized(10, 10))).turns[0]!.text, 0);
  });
});
