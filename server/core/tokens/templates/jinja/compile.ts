/** A Jinja chat template made ready to render: without its clock and without its exceptions. */
import { Template } from '@huggingface/jinja';

/** A chat template that cannot be used. The message says why, as one sentence for the user. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';
}

/** One rendering. */
export interface Rendered {
  readonly text: string;
  /** What the template objected to (`raise_exception`): it would refuse such a conversation. */
  readonly objections: readonly string[];
}

/** What a template renders. */
export interface RenderInput {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly tools?: readonly unknown[];
  /** Whether the generation prompt of the next reply is added. */
  readonly generate: boolean;
}

export type Render = (input: RenderInput) => Rendered;

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** The date that templates write where they ask for today's: any other is as many tokens in all but a few cases. */
const DAY = { year: 2024, month: 7, day: 26, weekday: 'Friday' } as const;

/** `strftime` for one fixed day. */
function fixedDate(format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = MONTHS[DAY.month - 1]!;
  const parts: Readonly<Record<string, string>> = {
    Y: String(DAY.year),
    m: two(DAY.month),
    d: two(DAY.day),
    B: month,
    b: month.slice(0, 3),
    A: DAY.weekday,
    a: DAY.weekday.slice(0, 3),
    H: '12',
    M: '00',
    S: '00',
  };
  return format.replace(/%([a-zA-Z])/g, (whole, letter: string) => parts[letter] ?? whole);
}

/** The engine has a clock and throws: both names lead to ours instead. */
const renamed = (source: string): string =>
  source.replace(/\braise_exception\b/g, 'note_objection').replace(/\bstrftime_now\b/g, 'fixed_date');

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Compiles a template.
 *
 * @param variables what the template reads beside messages and tools: `bos_token`, `eos_token`
 * @throws {ChatTemplateError} where it is no Jinja; the returned function throws it where rendering fails
 */
export function compileTemplate(source: string, variables: Readonly<Record<string, unknown>>): Render {
  let template: Template;
  try {
    template = new Template(renamed(source));
  } catch (error) {
    throw new ChatTemplateError(`The chat template is not valid Jinja: ${reasonOf(error)}`);
  }
  return ({ messages, tools, generate }) => {
    const objections: string[] = [];
    try {
      const text = template.render({
        ...variables,
        messages,
        ...(tools ? { tools } : {}),
        add_generation_prompt: generate,
        note_objection: (message: unknown) => {
          objections.push(String(message));
          return '';
        },
        fixed_date: (format: unknown) => fixedDate(String(format)),
      });
      return { text, objections };
    } catch (error) {
      throw new ChatTemplateError(`The chat template cannot be rendered: ${reasonOf(error)}`);
    }
  };
}
