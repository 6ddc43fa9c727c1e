/**
 * Student's t distribution. Its tail is the regularised incomplete beta function, by the continued fraction of the
 * NIST Digital Library of Mathematical Functions, 8.17.22.
 */

/** Relative change at which the fraction has settled, and the number of terms after which it is taken as it is. */
const settled = 1e-15;
const mostTerms = 500;
/** In the place of a zero denominator (Lentz's method). */
const tiny = 1e-300;

/** Coefficients of Lanczos' approximation (g = 7, n = 9), good to 15 digits. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the gamma function, for x of at least 0.5. */
function logGamma(x: number): number {
  const base = x - 1 + 7.5;
  const sum = lanczos.reduce((total, each, index) => total + (index === 0 ? each : each / (x - 1 + index)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Lentz's evaluation of the fraction for I_x(a, b); it settles quickly below x = (a + 1) / (a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  let numerator = 1;
  let denominator = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let value = denominator;
  for (let m = 1; m <= mostTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      denominator = 1 / notZero(1 + term * denominator);
      numerator = notZero(1 + term / numerator);
      change = denominator * numerator;
      value *= change;
    }
    if (Math.abs(change - 1) < settled) break;
  }
  return value;
}

const notZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);

/** Regularised incomplete beta function I_x(a, b), for a and b of at least 0.5. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Probability that |T| is at least |t|: the two-sided p-value. `freedom` is at least 1 and need not be whole. */
export function twoSidedP(t: number, freedom: number): number {
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** The t that |T| exceeds with probability `alpha` (0 < alpha < 1): 2.776 for 0.05 and 4 degrees of freedom. */
export function twoSidedQuantile(alpha: number, freedom: number): number {
  let high = 1;
  while (twoSidedP(high, freedom) > alpha) high *= 2;
  let low = 0;
  // Halved until no number lies between.
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (twoSidedP(middle, freedom) > alpha) low = middle;
    else high = middle;
  }
  return high;
}
