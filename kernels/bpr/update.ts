/** One step of SGD or Adagrad. */
import { diverged, Model, weightAt } from "./model";

/**
 * Four weights after their update; the gradient is without l2. `isAdagrad` is told where it is known while compiling,
 * and the settings four times over, so that a loop holds them.
 */
// @ts-expect-error: decorator
@inline
export function moved(
  isAdagrad: bool,
  weights: v128,
  gradient: v128,
  accumulator: usize,
  rate: v128,
  l2: v128,
  inside: v128,
  outside: v128,
): v128 {
  if (!isAdagrad) {
    const keep = f32x4.sub(f32x4.splat(1), f32x4.mul(rate, l2));
    return f32x4.sub(f32x4.mul(keep, weights), f32x4.mul(rate, gradient));
  }
  const g = f32x4.add(gradient, f32x4.mul(l2, weights));
  const step = f32x4.mul(rate, g);
  const n = f32x4.add(v128.load(accumulator), f32x4.mul(g, g));
  v128.store(accumulator, n);
  const divisor = f32x4.add(f32x4.sqrt(f32x4.add(n, inside)), outside);
  // A zero gradient moves nothing, where the divisor may be 0 too.
  const isZero = f32x4.eq(g, f32x4.splat(0));
  return f32x4.sub(weights, v128.andnot(f32x4.div(step, divisor), isZero));
}

/** All ones where a number is infinite or NaN. */
// @ts-expect-error: decorator
@inline
export function unsound(v: v128): v128 {
  return f32x4.ne(f32x4.sub(v, v), f32x4.splat(0));
}

/** Moves the weight of an item, where the model has one. */
export function moveWeight(model: Model, row: i32, pull: f32, event: i32): void {
  if (model.weights === 0) return;
  store<f64>(model.weightSquares, load<f64>(model.weightSquares) + <f64>pull * <f64>pull);
  const at = weightAt(model, row);
  const rule = model.weightRule;
  const weight = load<f32>(at);
  const g: f32 = pull + rule.l2 * weight;
  if (rule.isAdagrad === 0) {
    store<f32>(at, weight - rule.rate * g);
  } else if (g !== 0) {
    const n: f32 = load<f32>(at, 4) + g * g;
    store<f32>(at, n, 4);
    store<f32>(at, weight - (rule.rate * g) / (sqrt<f32>(n + rule.inside) + rule.outside));
  }
  if (!isFinite<f32>(load<f32>(at))) diverged(2, row, <f64>abs<f32>(pull), event);
}
