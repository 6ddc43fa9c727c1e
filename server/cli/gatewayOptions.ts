/** The options of `joulelens gateway`: names, help, and values checked once. */
import type { ParseArgsConfig } from 'node:util';
import { counterForms } from '../live/index.js';
import { numberOption, type CommandHelp } from './args.js';
import { CliError } from './io.js';

/** For `parseArgs`. */
export const gatewayOptionNames = {
  upstream: { type: 'string' },
  meter: { type: 'string' },
  listen: { type: 'string' },
  'allow-remote': { type: 'boolean' },
  'drain-seconds': { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

const defaultListen = '127.0.0.1:8870';
const defaultDrainSeconds = 30;
/** A day; timers of the runtime do not reach much further. */
const maxDrainSeconds = 86_400;

/** For `--help`. */
export const gatewayHelp: CommandHelp = {
  usage: 'joulelens gateway --upstream URL --meter METER [options]',
  summary:
    'A reverse proxy before an inference server: adds the energy of each request to its answer, and serves /metrics.',
  rows: [
    ['--upstream URL', 'vLLM, TGI, llama.cpp, Ollama or any OpenAI-compatible server'],
    ['--meter METER', `its counter of energy: ${counterForms.join(', ')}; its token comes from JOULELENS_METER_TOKEN`],
    ['--listen HOST:PORT', `default ${defaultListen}; port 0 takes a free one`],
    ['--allow-remote', 'lets --listen name an address that other machines can reach'],
    ['--drain-seconds S', `how long requests may still run when it ends; default ${defaultDrainSeconds}`],
    ['--json', 'logs JSON lines on standard output, one a request'],
  ],
};

/** Checked values. */
export interface GatewayChoice {
  readonly upstream: string;
  readonly meter: string;
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
  readonly drainSeconds: number;
  readonly json: boolean;
}

/** Values as the command line gives them. */
export type RawGatewayOptions = {
  readonly [Name in keyof typeof gatewayOptionNames]?:
    ((typeof gatewayOptionNames)[Name]['type'] extends 'boolean' ? boolean : string) | undefined;
};

/** Checks the words. @throws CliError naming the option and what it takes */
export function parseGatewayOptions(positionals: readonly string[], raw: RawGatewayOptions): GatewayChoice {
  if (positionals.length > 0) {
    throw new CliError(`gateway takes no FILE, got "${positionals[0]}"; usage: ${gatewayHelp.usage}`);
  }
  if (raw.upstream === undefined || raw.upstream === '') {
    throw new CliError('gateway: --upstream URL is needed, such as --upstream http://127.0.0.1:8000');
  }
  if (raw.meter === undefined || raw.meter === '') {
    throw new CliError(`gateway: --meter METER is needed: ${counterForms.join(', ')}`);
  }
  const { host, port } = parseListen(raw.listen ?? defaultListen);
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);
  if (!isLoopback && raw['allow-remote'] !== true) {
    throw new CliError(
      `--listen ${host}:${port}: other machines can reach that address; add --allow-remote if they shall`,
    );
  }
  return {
    upstream: raw.upstream,
    meter: raw.meter,
    host,
    port,
    isLoopback,
    drainSeconds: Math.min(numberOption('drain-seconds', raw['drain-seconds']) ?? defaultDrainSeconds, maxDrainSeconds),
    json: raw.json === true,
  };
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([\da-fA-F:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new CliError(`--listen: expected HOST:PORT such as ${defaultListen} or [::1]:8870, got "${text}"`);
  }
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}
