/**
 * No template at all: the markup that a rendered prompt has around its contents, as its file has it. Control tokens are
 * one token each; nothing is added and nothing, thoughts included, is left out of later requests.
 */
import { pieceText } from '../../transcript/pieceText.js';
import { NOTHING } from './markup.js';
import type { ChatTemplate, TemplateInput, TurnLayout } from './types.js';

/** Of each markup: its name, and the models whose vocabulary has its control tokens. */
const MARKUPS: Readonly<Record<string, readonly [title: string, models: RegExp]>> = {
  chatml: ['ChatML', /qwen|qwq|smollm|(^|\/)yi-|phi-?4(?!-mini)|chatml/],
  'llama-3': ['Llama 3 headers', /llama-?3/],
  'llama-4': ['Llama 4 headers', /llama-?4/],
  harmony: ['Harmony', /gpt-oss/],
  gemma: ['Gemma turns', /gemma/],
  deepseek: ['DeepSeek', /deepseek/],
  'role-tokens': ['role tokens', /phi-?(?:3|4-mini)|glm|zephyr/],
  'llama-2': ['Llama 2 brackets', /llama-?2/],
  vicuna: ['Vicuna names', /vicuna/],
  mistral: ['Mistral brackets', /mistral|mixtral|codestral|devstral|magistral|pixtral/],
};

function turnLayout({ turns, tools }: TemplateInput, index: number): TurnLayout {
  const turn = turns[index]!;
  const { lead = NOTHING, end = NOTHING, trail = NOTHING, around = [] } = turn.markup ?? {};
  return {
    lead: index === 0 && tools ? { ...lead, texts: [...lead.texts, tools.text] } : lead,
    runs: turn.pieces.map((piece, at) => ({
      before: around[at]?.before ?? '',
      text: pieceText(piece),
      after: around[at]?.after ?? '',
      kind: 'text',
    })),
    end,
    trail,
    exact: true,
  };
}

function template(markup: string, isOwn: boolean): ChatTemplate {
  const title = MARKUPS[markup]?.[0] ?? markup;
  const other = ["the model's vocabulary has other control tokens: each of the file's is counted as one all the same"];
  return {
    id: isOwn ? `as-written-${markup}` : `as-written-${markup}-elsewhere`,
    title: `${title}, as the file has it`,
    exact: isOwn,
    notes: [`the markup of the file (${title}), nothing added`, ...(isOwn ? [] : other)],
    layout: (input) => ({
      turn: (index) => turnLayout(input, index),
      pendingLead: input.rendered?.pending ?? NOTHING,
    }),
  };
}

const made = new Map<string, ChatTemplate>();

/**
 * The template of a conversation that has its markup in the file. The same one for the same markup and kind of model.
 *
 * @param markup as in `RenderedPrompt.markup`
 * @param modelId the model that is counted for
 */
export function asWritten(markup: string, modelId: string): ChatTemplate {
  const isOwn = MARKUPS[markup]?.[1].test(modelId.toLowerCase()) ?? false;
  const key = `${markup} ${isOwn}`;
  const known = made.get(key) ?? template(markup, isOwn);
  made.set(key, known);
  return known;
}
