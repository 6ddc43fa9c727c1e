/**
 * A program of the user's that prints a figure: `153.2` (joules since some start of its own), `12.3 kWh`, or watts
 * (`71 W`), which are integrated. Started without a shell: no variable, wildcard, pipe or `;` means anything.
 */
import { execFile } from 'node:child_process';
import { LiveError } from '../errors.js';
import { isEnergyUnit, isPowerUnit, toJoules, toWatts, unitFrom } from '../units.js';
import { oneLine } from '../wire.js';
import { childEnvironment } from './childEnvironment.js';
import type { EnergyCounter } from './counter.js';
import { pollPower, type PowerPoller } from './integrator.js';
import { createSeriesTotal } from './seriesTotal.js';

/** What to run. */
export interface CommandOptions {
  readonly id: string;
  /** Program and arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutSeconds: number;
  readonly powerPeriodSeconds: number;
  readonly now: () => number;
}

/** Words of a command line: split at blanks, quotes keep blanks together. Null where a quote is not closed. */
export function splitCommand(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (const character of text) {
    if (quote !== null) {
      if (character === quote) {
        quote = null;
      } else {
        word = (word ?? '') + character;
      }
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) {
        words.push(word);
        word = null;
      }
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) {
    return null;
  }
  return word === null ? words : [...words, word];
}

/** Makes the counter. Nothing is run before the first reading. */
export function commandCounter(options: CommandOptions): EnergyCounter {
  const { id, argv, now } = options;
  const total = createSeriesTotal();
  let poller: PowerPoller | null = null;
  const ask = async (signal?: AbortSignal): Promise<Figure> => figureOf(await output(options, signal), id);
  return {
    id,
    provenance: 'measured',
    scope: 'unknown',
    boundary: `what ${argv[0] ?? ''} measures`,
    get method() {
      return poller === null
        ? `counter printed by ${argv[0] ?? ''}`
        : `power samples integrated (printed by ${argv[0] ?? ''})`;
    },
    async read(signal) {
      if (poller !== null) {
        return await poller.read(signal);
      }
      const begun = now();
      const figure = await ask(signal);
      if (figure.kind === 'power') {
        const watts = async (aborted?: AbortSignal): Promise<number> => (await ask(aborted)).value;
        poller = pollPower({ watts, periodSeconds: options.powerPeriodSeconds, now });
        return await poller.read(signal);
      }
      return { joules: total.add([{ device: 'all', joules: figure.value }]), seconds: (begun + now()) / 2 };
    },
    close: () => poller?.close(),
  };
}

interface Figure {
  readonly kind: 'energy' | 'power';
  /** Joules or watts. */
  readonly value: number;
}

/** The last line that holds a figure counts, so that a program may say something before. */
function figureOf(text: string, id: string): Figure {
  const lines = text.split('\n').map((line) => line.trim());
  for (const line of lines.reverse()) {
    const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Zµμ-]*)$/u.exec(line);
    const value = Number(match?.[1]);
    const unit = match === null ? null : match[2] === '' ? 'J' : unitFrom(match[2] ?? '');
    if (unit !== null && value >= 0) {
      if (isEnergyUnit(unit)) {
        return { kind: 'energy', value: toJoules(value, unit) };
      }
      if (isPowerUnit(unit)) {
        return { kind: 'power', value: toWatts(value, unit) };
      }
    }
  }
  throw new LiveError(
    'meter',
    id,
    `${id}: printed no figure such as "153.2", "12.3 kWh" or "71 W", but: ${oneLine(text, 80) || 'nothing'}`,
  );
}

function output({ id, argv, env, timeoutSeconds }: CommandOptions, signal?: AbortSignal): Promise<string> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      {
        env: childEnvironment(env),
        timeout: timeoutSeconds * 1000,
        maxBuffer: 1024 * 1024,
        windowsHide: true,
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
        } else if (signal?.aborted) {
          reject(new LiveError('cancelled', id, `${id}: cancelled.`));
        } else {
          reject(new LiveError('meter', id, `${id}: ${whyItFailed(error, program, timeoutSeconds, stderr)}`));
        }
      },
    );
  });
}

function whyItFailed(
  error: Error & { code?: unknown; killed?: boolean | undefined },
  program: string,
  timeoutSeconds: number,
  stderr: string,
): string {
  if (error.code === 'ENOENT') {
    return `no program "${program}" was found.`;
  }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return 'printed more than 1 MiB.';
  }
  if (error.killed === true) {
    return `did not end within ${timeoutSeconds} s.`;
  }
  return `failed (${String(error.code)}): ${oneLine(stderr) || 'it said nothing'}`;
}
