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
  return f64x2.extract_lane(sigmoids(f64x2.splat(score)), 0);
}

/** The same of two numbers: no slower than of one. */
// @ts-expect-error: decorator
@inline
export function sigmoids(scores: v128): v128 {
  const x = f64x2.neg(f64x2.pmax(f64x2.pmin(scores, f64x2.splat(MOST)), f64x2.splat(-MOST)));
  const rounded = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(ROUNDS));
  const k = f64x2.sub(rounded, f64x2.splat(ROUNDS));
  const whole = f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH)));
  const r = f64x2.sub(whole, f64x2.mul(k, f64x2.splat(LN2_LOW)));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const low = four(r, r2, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0);
  const middle = four(r, r2, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362880.0);
  const high = four(r, r2, 1.0 / 3628800.0, 1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0);
  const rest = f64x2.add(low, f64x2.mul(r4, f64x2.add(middle, f64x2.mul(r4, high))));
  const one = f64x2.splat(1);
  const series = f64x2.add(one, f64x2.add(r, f64x2.mul(r2, rest)));
  // The lowest bits of `rounded` are k's: moved up, an exponent's.
  const power = i64x2.add(i64x2.shl(rounded, 52), one);
  return f64x2.div(one, f64x2.add(one, f64x2.mul(series, power)));
}

/** Four terms of the series, a pair by itself. */
// @ts-expect-error: decorator
@inline
function four(r: v128, r2: v128, a: f64, b: f64, c: f64, d: f64): v128 {
  const first = f64x2.add(f64x2.splat(a), f64x2.mul(r, f64x2.splat(b)));
  const second = f64x2.add(f64x2.splat(c), f64x2.mul(r, f64x2.splat(d)));
  return f64x2.add(first, f64x2.mul(r2, second));
}
