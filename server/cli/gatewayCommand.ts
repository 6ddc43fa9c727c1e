/** `joulelens gateway`: a reverse proxy that says what each request costs, until it is told to end. */
import {
  createCounter,
  createSimulatedCounter,
  LiveError,
  parseUpstream,
  pretendedWatts,
  startGateway,
  travelsInClear,
  type EnergyCounter,
  type Gateway,
  type GatewayEvent,
  type Upstream,
} from '../live/index.js';
import { parseCommand } from './args.js';
import type { Command } from './command.js';
import { gatewayHelp, gatewayOptionNames, parseGatewayOptions, type GatewayChoice } from './gatewayOptions.js';
import { type CliIo, CliError, ExitCode } from './io.js';

/** Step of the simulated counter in seconds, that of NVML. */
const simulatedStepSeconds = 0.1;

export const gatewayCommand: Command = {
  name: 'gateway',
  help: gatewayHelp,
  async run(args, io) {
    const { values, positionals } = parseCommand(args, gatewayOptionNames, gatewayHelp);
    const choice = parseGatewayOptions(positionals, values);
    const upstream = upstreamOf(choice.upstream);
    const meter = meterOf(choice.meter, io);
    await firstReading(meter.counter, io);
    const gateway = await start(choice, upstream, meter, io);
    announce(gateway, choice, upstream, meter.counter, io);
    await interrupted(io.signal);
    say(io, choice.json, { event: 'draining' }, 'ending: requests that run may end, no new ones are taken');
    await gateway.close(choice.drainSeconds);
    say(io, choice.json, { event: 'ended' }, 'ended');
    return ExitCode.fine;
  },
};

/** @throws CliError */
function upstreamOf(text: string): Upstream {
  try {
    return parseUpstream(text);
  } catch (error) {
    throw new CliError(`--upstream: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface GatewayMeter {
  readonly counter: EnergyCounter;
  readonly onLoad?: (running: number) => void;
}

/** The simulated device draws more while a request runs; all others are real. @throws CliError */
function meterOf(meter: string, io: CliIo): GatewayMeter {
  if (meter === 'simulated') {
    const counter = createSimulatedCounter({ stepSeconds: simulatedStepSeconds, watts: pretendedWatts.idle });
    return { counter, onLoad: (running) => counter.setWatts(running > 0 ? pretendedWatts.busy : pretendedWatts.idle) };
  }
  const made = createCounter(meter, { env: io.env });
  if ('problem' in made) throw new CliError(`--meter: ${made.problem}`);
  return made;
}

/** A meter that cannot be read is said before anybody relies on it. @throws CliError */
async function firstReading(counter: EnergyCounter, io: CliIo): Promise<void> {
  try {
    await counter.read(io.signal);
  } catch (error) {
    counter.close();
    throw new CliError(`--meter: ${error instanceof Error ? error.message : String(error)}`, ExitCode.endpoint);
  }
}

/** @throws CliError where the port cannot be had */
async function start(choice: GatewayChoice, upstream: Upstream, meter: GatewayMeter, io: CliIo): Promise<Gateway> {
  try {
    return await startGateway({
      upstream,
      ...meter,
      host: choice.host,
      port: choice.port,
      onEvent: (event) => report(event, choice.json, io),
    });
  } catch (error) {
    meter.counter.close();
    if (error instanceof LiveError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = code === 'EADDRINUSE' ? 'the port is taken' : `cannot listen there (${code})`;
    throw new CliError(`--listen ${choice.host}:${choice.port}: ${why}; choose another`);
  }
}

function announce(
  gateway: Gateway,
  choice: GatewayChoice,
  upstream: Upstream,
  counter: EnergyCounter,
  io: CliIo,
): void {
  const warnings = [
    ...(choice.isLoopback
      ? []
      : ['others on the network can reach this port; it asks for no key of its own, only the server behind it may']),
    ...(travelsInClear(upstream.origin) ? [`keys travel to ${upstream.origin} in clear text`] : []),
    ...(counter.provenance === 'simulated' ? ['the meter is simulated: no figure is a measurement'] : []),
  ];
  say(
    io,
    choice.json,
    {
      event: 'listening',
      url: gateway.url,
      upstream: `${upstream.origin}${upstream.basePath}`,
      meter: counter.id,
      boundary: counter.boundary,
      provenance: counter.provenance,
      warnings,
    },
    `${gateway.url} -> ${upstream.origin}${upstream.basePath}, meter ${counter.id} (${counter.boundary}, ${counter.provenance}); ` +
      `figures at ${gateway.url}/metrics`,
  );
  for (const warning of warnings) if (!choice.json) io.stderr.write(`joulelens: warning: ${warning}\n`);
}

function report(event: GatewayEvent, json: boolean, io: CliIo): void {
  if (json) {
    say(io, true, event, '');
  } else if (event.event === 'request') {
    if (event.problem !== null) io.stderr.write(`joulelens: ${event.method} ${event.path}: ${event.problem}\n`);
  } else {
    io.stderr.write(`joulelens: meter: ${event.message}\n`);
  }
}

function say(io: CliIo, json: boolean, event: object, text: string): void {
  io.stdout.write(
    json ? `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n` : `joulelens gateway: ${text}\n`,
  );
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
