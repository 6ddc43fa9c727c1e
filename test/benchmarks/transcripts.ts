/** Chat transcripts of a wanted size, the same ones every time: prose, code, lists, other scripts, escapes. */

/** A small seeded generator (mulberry32), numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const words = (
  'the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which ' +
  'one you were all her she there would their we him been has when who will more no if out so said what up its about ' +
  'energy measurement temperature prefill decode latency throughput configuration transformer attention quantization ' +
  'however therefore electricity refrigerator understand interesting approximately kilowatt semiconductor benchmark'
).split(' ');
const code = [
  'const total = rows',
  '.map((row) => row.value ?? 0)',
  '.reduce((sum, x) => sum + x, 0);',
  'if (!ok) return null;',
];
const others = [
  'Über die Brücke geht’s nach Köln.',
  'Энергия измеряется в джоулях.',
  '能量以焦耳计量。',
  'エネルギーはジュールで測る。',
  '🙂👍🏽',
];

function sentence(random: () => number): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const kind = random();
  if (kind < 0.08) return `\n\`\`\`js\n${pick(code)}\n  ${pick(code)}\n\`\`\`\n`;
  if (kind < 0.13) return pick(others);
  if (kind < 0.18) return `\n- ${pick(words)}: ${(random() * 1000).toFixed(2)} "${pick(words)}"\n`;
  const length = 5 + Math.floor(random() * 18);
  const body = Array.from({ length }, () => pick(words)).join(' ');
  return `${body[0]!.toUpperCase()}${body.slice(1)}.`;
}

/** One turn's text of about `length` characters. */
export function turnText(random: () => number, length: number): string {
  const parts: string[] = [];
  for (let size = 0; size < length;) {
    const next = sentence(random);
    parts.push(next);
    size += next.length + 1;
  }
  return parts.join(' ');
}

/** A transcript and the decoded texts in it. */
export interface Transcript {
  /** OpenAI chat JSON, one message an object over several lines. */
  json: string;
  texts: string[];
}

/** A chat of `turns` turns, user and assistant in turn after a system prompt, of about `bytes` in all. */
export function transcript({ bytes, turns, seed }: { bytes: number; turns: number; seed: number }): Transcript {
  const random = seeded(seed);
  const length = Math.max(40, (bytes / turns - 60) * 0.93);
  const texts = Array.from({ length: turns }, () => turnText(random, length));
  const messages = texts.map((content, i) => ({
    role: i === 0 ? 'system' : i % 2 === 1 ? 'user' : 'assistant',
    content,
  }));
  return { json: `${JSON.stringify({ model: 'meta-llama/Llama-3.1-8B-Instruct', messages }, null, 2)}\n`, texts };
}

/** The sizes that are measured; 20 MB has turns as long as those of 1 MB. */
export const sizes = {
  '10 kB': { bytes: 10_000, turns: 8 },
  '1 MB': { bytes: 1_000_000, turns: 500 },
  '20 MB': { bytes: 20_000_000, turns: 10_000 },
} as const;
