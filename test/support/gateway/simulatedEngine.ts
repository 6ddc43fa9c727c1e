/**
 * An inference engine with continuous batching, simulated in virtual time, that knows what each request truly cost:
 * joules a floating-point operation, joules a byte read, and static power. It is written from the hardware's side and
 * shares nothing with the rule that it judges.
 *
 * A step computes a chunk of waiting prompts (first come, first served) together with one token of every reply under
 * way. It takes the longer of its arithmetic and its memory traffic, plus a launch. A request truly costs its own
 * operations, its own KV cache, an equal part of the weights read in each step that it took part in, and of the static
 * power the part that its dynamic energy has of the step's.
 */
import { seeded } from '../../benchmarks/transcripts.js';

/** The device and the model on it. */
export interface Hardware {
  readonly name: string;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  /** Operations a second and bytes a second that are reached. */
  readonly flopRate: number;
  readonly byteRate: number;
  readonly staticWatts: number;
  /** Power on top of the static one when only arithmetic, or only memory, is busy. */
  readonly flopWatts: number;
  readonly byteWatts: number;
  readonly launchSeconds: number;
  /** Attention operations for a token and a token of its context. */
  readonly attentionFlops: number;
}

export const gpu8b: Hardware = {
  name: '8B bf16 on a data-centre GPU',
  parameters: 8e9,
  weightBytes: 16e9,
  kvBytesPerToken: 131_072,
  flopRate: 400e12,
  byteRate: 2.3e12,
  staticWatts: 110,
  flopWatts: 500,
  byteWatts: 330,
  launchSeconds: 0.0015,
  attentionFlops: 4 * 32 * 4096,
};

export const gpu70b: Hardware = {
  name: '70B fp8 on four GPUs',
  parameters: 70e9,
  weightBytes: 70e9,
  kvBytesPerToken: 163_840,
  flopRate: 2200e12,
  byteRate: 8e12,
  staticWatts: 440,
  flopWatts: 2000,
  byteWatts: 1300,
  launchSeconds: 0.003,
  attentionFlops: 4 * 80 * 8192,
};

export const cpu1b: Hardware = {
  name: '1B int8 on a CPU',
  parameters: 1.2e9,
  weightBytes: 1.3e9,
  kvBytesPerToken: 32_768,
  flopRate: 1.2e12,
  byteRate: 60e9,
  staticWatts: 40,
  flopWatts: 120,
  byteWatts: 60,
  launchSeconds: 0.0005,
  attentionFlops: 4 * 16 * 2048,
};

/** Who asks for what. */
export interface Load {
  readonly name: string;
  readonly seconds: number;
  /** Mean requests a second while busy. */
  readonly rate: number;
  /** Seconds of load, then seconds of silence, in turn. */
  readonly busySeconds: number;
  readonly silentSeconds: number;
  readonly medianPrompt: number;
  readonly medianReply: number;
  /** Part of the requests whose prompt is mostly in the prefix cache. */
  readonly cachedShare: number;
  /** Part of the requests that are answered in one piece. */
  readonly wholeShare: number;
}

/** One request with its truth. Seconds of virtual time. */
export interface SimulatedRequest {
  readonly start: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly replyTokens: number;
  readonly isWhole: boolean;
  /** When each token reached the client. */
  readonly tokenTimes: readonly number[];
  readonly end: number;
  readonly trueJoules: number;
}

/** What came out. */
export interface Simulation {
  readonly requests: readonly SimulatedRequest[];
  readonly trueIdleJoules: number;
  readonly seconds: number;
  /** Joules since the start at a time. */
  joulesAt(seconds: number): number;
}

interface Running {
  readonly start: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly replyTokens: number;
  readonly isWhole: boolean;
  readonly delay: number;
  computed: number;
  produced: number;
  joules: number;
  tokenTimes: number[];
}

const chunkTokens = 2048;
const maxBatch = 128;

/** Runs a load on a device. */
export function simulate(hardware: Hardware, load: Load, seed: number): Simulation {
  const random = seeded(seed);
  const arrivals = plan(load, random);
  const done: SimulatedRequest[] = [];
  const running: Running[] = [];
  const curve: { at: number; joules: number }[] = [{ at: 0, joules: 0 }];
  let now = 0;
  let joules = 0;
  let idleJoules = 0;
  let next = 0;
  const advance = (seconds: number, used: number): void => {
    now += seconds;
    joules += used;
    curve.push({ at: now, joules });
  };
  while (next < arrivals.length || running.length > 0) {
    while (next < arrivals.length && arrivals[next]!.start <= now && running.length < maxBatch) {
      running.push(arrivals[next++]!);
    }
    if (running.length === 0) {
      const seconds = arrivals[next]!.start - now;
      idleJoules += seconds * hardware.staticWatts;
      advance(seconds, seconds * hardware.staticWatts);
      continue;
    }
    step(hardware, running, advance, () => now);
    for (let index = running.length - 1; index >= 0; index--) {
      const each = running[index]!;
      if (each.produced >= each.replyTokens) {
        running.splice(index, 1);
        done.push({
          start: each.start,
          promptTokens: each.promptTokens,
          cachedTokens: each.cachedTokens,
          replyTokens: each.replyTokens,
          isWhole: each.isWhole,
          tokenTimes: each.tokenTimes,
          end: each.tokenTimes.at(-1)! + 0.0005,
          trueJoules: each.joules,
        });
      }
    }
  }
  const tail = 20;
  idleJoules += tail * hardware.staticWatts;
  advance(tail, tail * hardware.staticWatts);
  return { requests: done, trueIdleJoules: idleJoules, seconds: now, joulesAt: (at) => interpolate(curve, at) };
}

function step(
  hardware: Hardware,
  running: readonly Running[],
  advance: (seconds: number, joules: number) => void,
  clock: () => number,
): void {
  const parts: { each: Running; tokens: number; flops: number; bytes: number }[] = [];
  let room = chunkTokens;
  for (const each of running) {
    const toCompute = each.promptTokens - each.cachedTokens - each.computed;
    const tokens = toCompute > 0 ? Math.min(room, toCompute) : 1;
    if (tokens === 0) continue;
    room -= toCompute > 0 ? tokens : 0;
    const context = each.cachedTokens + each.computed + each.produced;
    const flops = tokens * (2 * hardware.parameters + hardware.attentionFlops * (context + tokens / 2));
    parts.push({ each, tokens, flops, bytes: hardware.kvBytesPerToken * (context + tokens) });
  }
  const flops = parts.reduce((sum, part) => sum + part.flops, 0);
  const bytes = hardware.weightBytes + parts.reduce((sum, part) => sum + part.bytes, 0);
  const seconds = Math.max(flops / hardware.flopRate, bytes / hardware.byteRate) + hardware.launchSeconds;
  const perFlop = hardware.flopWatts / hardware.flopRate;
  const perByte = hardware.byteWatts / hardware.byteRate;
  const dynamic = flops * perFlop + bytes * perByte;
  const total = dynamic + seconds * hardware.staticWatts;
  advance(seconds, total);
  for (const { each, tokens, flops: own, bytes: read } of parts) {
    const part = own * perFlop + (read + hardware.weightBytes / parts.length) * perByte;
    each.joules += (total * part) / dynamic;
    const toCompute = each.promptTokens - each.cachedTokens - each.computed;
    each.computed += toCompute > 0 ? tokens : 0;
    if (toCompute - tokens <= 0) {
      each.produced++;
      each.tokenTimes.push(clock() + each.delay);
    }
  }
}

function plan(load: Load, random: () => number): Running[] {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const arrivals: Running[] = [];
  for (let at = 5; ;) {
    at -= Math.log(1 - random()) / load.rate;
    const phase = at % (load.busySeconds + load.silentSeconds);
    if (phase > load.busySeconds) {
      at += load.busySeconds + load.silentSeconds - phase;
    }
    if (at > load.seconds) return arrivals;
    const promptTokens = Math.round(Math.min(30_000, Math.max(8, load.medianPrompt * Math.exp(normal()))));
    arrivals.push({
      start: at,
      promptTokens,
      cachedTokens: random() < load.cachedShare ? Math.floor((promptTokens * (0.5 + random() / 2.2)) / 16) * 16 : 0,
      replyTokens: Math.round(Math.min(3000, Math.max(2, load.medianReply * Math.exp(0.8 * normal())))),
      isWhole: random() < load.wholeShare,
      delay: 0.0002 + random() * 0.001,
      computed: 0,
      produced: 0,
      joules: 0,
      tokenTimes: [],
    });
  }
}

function interpolate(curve: readonly { at: number; joules: number }[], at: number): number {
  let [low, high] = [0, curve.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (curve[middle]!.at <= at) low = middle;
    else high = middle;
  }
  const [a, b] = [curve[low]!, curve[high]!];
  return a.joules + (b.joules - a.joules) * Math.min(1, (at - a.at) / Math.max(1e-12, b.at - a.at));
}
