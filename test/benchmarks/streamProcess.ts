/** One process: `annotate FILE --stream --threads N`, output to nowhere. Prints StreamTimes. */
import { performance } from 'node:perf_hooks';
import { Writable } from 'node:stream';
import { main } from '../../server/cli/main.js';
import type { StreamTimes } from './stream.js';

async function measure(file: string, threads: string): Promise<StreamTimes> {
  const began = performance.now();
  const code = await main(['annotate', file, '--stream', '--threads', threads], {
    stdin: process.stdin,
    stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: new AbortController().signal,
    isTerminal: false,
  });
  if (code !== 0) throw new Error(`annotate ended with ${code}`);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    milliseconds: performance.now() - began,
    cpuMilliseconds: (userCPUTime + systemCPUTime) / 1000,
    peakMb: maxRSS / 1024,
  };
}

const [file, threads] = process.argv.slice(2);
void measure(file!, threads!).then((times) => console.log(JSON.stringify(times)));
