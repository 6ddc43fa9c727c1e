/** Command lines to typed options, with errors a person can act on. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CliError } from './io.js';

export interface CommandHelp {
  /** E.g. `joulelens annotate FILE... [options]`. */
  readonly usage: string;
  readonly summary: string;
  /** Option rows: `['--model M', 'what it is']`. */
  readonly rows: readonly (readonly [option: string, meaning: string])[];
}

type Parsed<T extends NonNullable<ParseArgsConfig['options']>> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>;

/**
 * @throws CliError naming the option that is unknown or lacks its value, with the usage line.
 */
export function parseCommand<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  help: CommandHelp,
): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = (error as Error).message
      .split('. To specify')[0]!
      .replace(/^'?Unknown option/, 'unknown option')
      .replace(
        /^Option '(--[\w-]+)'? (?:<value>' argument missing|argument is ambiguous)[^]*$/,
        '$1: its value is missing',
      )
      .replace(/\.?\n/g, ' ');
    throw new CliError(`${message}; usage: ${help.usage}`);
  }
}

/** A number given on the command line. @throws CliError naming the option. */
export function numberOption(
  name: string,
  value: string | undefined,
  { min = 0, integer = false }: { min?: number; integer?: boolean } = {},
): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number < min || (integer && !Number.isInteger(number))) {
    throw new CliError(
      `--${name}: expected ${integer ? 'a whole number' : 'a number'} of at least ${min}, got "${value}"`,
    );
  }
  return number;
}

/** `64`, `1.5` or `8..128`. @throws CliError naming the option. */
export function batchOption(value: string | undefined): number | [number, number] | undefined {
  if (value === undefined) return undefined;
  const range = /^([^.]+(?:\.\d+)?)\.\.(.+)$/.exec(value);
  if (!range) return numberOption('batch', value, { min: 1 });
  const lo = numberOption('batch', range[1], { min: 1 })!;
  const hi = numberOption('batch', range[2], { min: 1 })!;
  if (lo > hi) throw new CliError(`--batch: the range ${value} runs backwards; write ${hi}..${lo}`);
  return [lo, hi];
}

/** The help text of one command. */
export function helpText(help: CommandHelp): string {
  const width = Math.max(...help.rows.map(([option]) => option.length));
  const rows = help.rows.map(([option, meaning]) => `  ${option.padEnd(width)}  ${meaning}`);
  return [`usage: ${help.usage}`, '', help.summary, '', ...rows].join('\n');
}
