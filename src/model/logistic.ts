/** ln 2 in two parts: a multiple of 2^-40, whose product with a whole number below 2^13 is exact, and the rest. */
const LN2_HIGH = 0.6931471805592082;
const LN2_LOW = 7.371002565167799e-13;
/** Added to a number below 2^51 and taken off again, leaves the nearest whole one. */
const ROUNDS = 1.5 * 2 ** 52;
/** e to this, and to its negative, are normal numbers. */
const MOST = 708;

const LEAST_EXPONENT = -1022;
/** 2^k from k = -1022 on: what a double is by its exponent alone, looked up faster than made of its bits. */
const POWERS = powersOfTwo();

/**
 * 1 / (1 + e^-score), to 2 units in the last place; of scores beyond 708 that of 708. e^x is 2^k e^r with |r| <= ln 2 / 2
 * (Cody and Waite 1980), and e^r its series up to r^13, in pairs so that few steps wait for one another: less than 1 unit
 * in the last place. kernels/math/logistic.ts takes the same steps, so the bits are the same; Math.exp's are the engine's.
 */
export function sigmoid(score: number): number {
  const x = score > MOST ? -MOST : score < -MOST ? MOST : -score;
  const k = x * Math.LOG2E + ROUNDS - ROUNDS;
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = 1 / 2 + r * (1 / 6) + r2 * (1 / 24 + r * (1 / 120));
  const middle = 1 / 720 + r * (1 / 5040) + r2 * (1 / 40320 + r * (1 / 362880));
  const high = 1 / 3628800 + r * (1 / 39916800) + r2 * (1 / 479001600 + r * (1 / 6227020800));
  const series = 1 + (r + r2 * (low + r4 * (middle + r4 * high)));
  return 1 / (1 + series * (POWERS[k - LEAST_EXPONENT] ?? Number.NaN));
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2 * -LEAST_EXPONENT + 1);
  let power = 2 ** LEAST_EXPONENT;
  for (let at = 0; at < powers.length; at++, power *= 2) powers[at] = power;
  return powers;
}
