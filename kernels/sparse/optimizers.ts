import { loadTwo, shrink, splat, storeTwo } from "./lanes";
import { ADAGRAD, FTRL, Group, SGD } from "./records";

/**
 * The updates of src/model/optimizers, operation by operation in doubles, for two weights at once: those at `a` and
 * `b`, which differ, or are one weight with one gradient. Where `touched` is 0 nothing changes. Returns storeTwo's.
 */
// @ts-expect-error: decorator
@inline
export function update<T>(group: Group, a: usize, b: usize, g: v128, rate: f64, touched: v128): v128 {
  const optimizer = group.optimizer;
  if (optimizer === ADAGRAD) return adagrad<T>(group, a, b, g, rate, touched);
  if (optimizer === FTRL) return ftrl<T>(group, a, b, g, touched);
  if (optimizer === SGD) return sgd<T>(group, a, b, g, rate, touched);
  // Frozen.
  const weight = loadTwo<T>(a, b);
  return f64x2.sub(weight, weight);
}

// @ts-expect-error: decorator
@inline
function adagrad<T>(group: Group, a: usize, b: usize, own: v128, rate: f64, touched: v128): v128 {
  const slot = group.slot;
  const weight = loadTwo<T>(a, b);
  const g = v128.and(f64x2.add(own, f64x2.mul(splat(group.l2), weight)), touched);
  const n = f64x2.add(loadTwo<T>(a + slot, b + slot), f64x2.mul(g, g));
  storeTwo<T>(a + slot, b + slot, n);
  const root = f64x2.add(f64x2.sqrt(f64x2.add(n, splat(group.inside))), splat(group.outside));
  const divisor = f64x2.pmin(root, splat(group.most));
  // With a zero accumulator and no epsilon the step would be 0 / 0.
  const moves = f64x2.ne(g, splat(0));
  const step = v128.and(f64x2.div(f64x2.mul(splat(rate), g), divisor), moves);
  let after = f64x2.sub(weight, step);
  if (group.l1 !== 0) {
    const by = f64x2.div(splat(rate * group.l1), divisor);
    after = v128.bitselect(shrink(after, by), weight, moves);
  }
  return storeTwo<T>(a, b, after);
}

// @ts-expect-error: decorator
@inline
function ftrl<T>(group: Group, a: usize, b: usize, own: v128, touched: v128): v128 {
  const slot = group.slot;
  const weight = loadTwo<T>(a, b);
  const before = loadTwo<T>(a + slot, b + slot);
    const perRate = splat(1 / group.rate);
  const g = v128.and(own, touched);
  const n = f64x2.add(before, f64x2.mul(g, g));
  const root = f64x2.sqrt(n);
  const sigma = f64x2.mul(f64x2.sub(root, f64x2.sqrt(before)), perRate);
  const z = f64x2.sub(f64x2.add(loadTwo<T>(a + 2 * slot, b + 2 * slot), g), f64x2.mul(sigma, weight));
  const divisor = f64x2.add(f64x2.mul(f64x2.add(splat(group.beta), root), perRate), splat(group.l2));
  const l1 = splat(group.l1);
  const beyond = f64x2.sub(z, v128.or(l1, v128.and(z, splat(-0.0))));
  const solved = v128.andnot(f64x2.div(f64x2.neg(beyond), divisor), f64x2.le(f64x2.abs(z), l1));
  storeTwo<T>(a + slot, b + slot, n);
  storeTwo<T>(a + 2 * slot, b + 2 * slot, z);
  return storeTwo<T>(a, b, v128.bitselect(solved, weight, f64x2.ne(g, splat(0))));
}

// @ts-expect-error: decorator
@inline
function sgd<T>(group: Group, a: usize, b: usize, own: v128, rate: f64, touched: v128): v128 {
  const weight = loadTwo<T>(a, b);
  const g = f64x2.add(own, f64x2.mul(splat(group.l2), weight));
  let after = f64x2.sub(weight, f64x2.mul(splat(rate), g));
  if (group.l1 !== 0) after = shrink(after, splat(rate * group.l1));
  return storeTwo<T>(a, b, v128.bitselect(after, weight, touched));
}

/** The rate of a group's next update, which it counts. */
export function nextRate(group: Group): f64 {
  if (group.isPaced === 0) return group.rate;
  group.steps += 1;
  const step = group.steps;
  let rate = group.rate;
  if (group.isDecaying !== 0) {
    rate = rate / sqrt<f64>(step);
    if (rate < group.rateFloor) rate = group.rateFloor;
  }
  return group.warmUpSteps > step ? rate * (step / group.warmUpSteps) : rate;
}
