/**
 * A simulated meter: a plain formula with noise. It measures nothing, and says so in every figure.
 *
 * The pretended server is one H100 with an 8-billion-parameter model, 32 requests at a time. Prefill: 2 x 8e9
 * operations a token at 400e12 a second and 600 W. Decode: 16e9 bytes of weights a step at 2.3e12 bytes a second and
 * 450 W, shared by 32; and for each token of context 131,072 bytes of KV cache at the same speed and power.
 */
import { normal, seededRandom } from './random.js';

const joulesPerPromptToken = ((2 * 8e9) / 400e12) * 600;
const joulesPerReplyToken = ((16e9 / 2.3e12) * 450) / 32;
const joulesPerReplyTokenAndContextToken = (131_072 / 2.3e12) * 450;
/** Launch and scheduling of one request. */
const joulesPerRequest = 0.3;
/** Standard deviation of the noise. */
const noise = 0.03;

/** What every simulated figure says of itself. */
const method =
  `simulated by formula, nothing was measured: ${joulesPerRequest} J + ${joulesPerPromptToken.toFixed(3)} J per prompt token + ` +
  `${joulesPerReplyToken.toFixed(3)} J per reply token + KV cache, noise ${noise * 100} %`;

/** One figure, as it goes on the wire. */
export interface SimulatedEnergy {
  readonly joules: number;
  readonly source: 'simulated';
  readonly method: string;
  readonly scope: 'request-attributed';
}

/** A meter whose noise follows a seed. */
export function simulatedMeter(seed: number): (tokensIn: number, tokensOut: number) => SimulatedEnergy {
  const random = seededRandom(seed);
  return (tokensIn, tokensOut) => {
    const context = tokensIn + tokensOut / 2;
    const exact =
      joulesPerRequest +
      tokensIn * joulesPerPromptToken +
      tokensOut * (joulesPerReplyToken + context * joulesPerReplyTokenAndContextToken);
    const joules = exact * Math.max(0.5, 1 + noise * normal(random));
    return { joules: Number(joules.toPrecision(6)), source: 'simulated', method, scope: 'request-attributed' };
  };
}
