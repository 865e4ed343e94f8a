/** ln 2 in two parts, and what rounds to whole numbers: see src/model/logistic.ts. */
const LN2_HIGH: f64 = 0.6931471805592082;
const LN2_LOW: f64 = 7.371002565167799e-13;
const LOG2_E: f64 = 1.4426950408889634;
const ROUNDS: f64 = 6755399441055744;
const MOST: f64 = 708;

/** The bits of src/model/logistic.ts: the same steps in the same order. */
// @ts-expect-error: decorator
@inline
export function sigmoid(score: f64): f64 {
  const x = score > MOST ? -MOST : score < -MOST ? MOST : -score;
  const rounded = x * LOG2_E + ROUNDS;
  const k = rounded - ROUNDS;
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = 1.0 / 2.0 + r * (1.0 / 6.0) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
  const middle = 1.0 / 720.0 + r * (1.0 / 5040.0) + r2 * (1.0 / 40320.0 + r * (1.0 / 362880.0));
  const high =
    1.0 / 3628800.0 + r * (1.0 / 39916800.0) + r2 * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0));
  const series = 1.0 + (r + r2 * (low + r4 * (middle + r4 * high)));
  // The lowest bits of `rounded` are k's: moved up, an exponent's.
  const power = reinterpret<f64>((reinterpret<i64>(rounded) << 52) + reinterpret<i64>(1.0));
  return 1.0 / (1.0 + series * power);
}
