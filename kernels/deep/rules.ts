/** The optimizers of src/model/optimizers on four weights at a time, in f32. */
import { Half, Table } from "./plan";

const FROZEN: i32 = 0;
const MOMENTUM: i32 = 2;
const ADAGRAD: i32 = 3;
export const ROWWISE_ADAGRAD: i32 = 4;
const ADAM: i32 = 5;
const FTRL: i32 = 6;

/** Towards zero by `by`, and no further. */
// @ts-expect-error: decorator
@inline
function shrink(weight: v128, by: v128): v128 {
  const sign = v128.and(weight, i32x4.splat(0x80000000));
  const rest = f32x4.pmax(f32x4.splat(0), f32x4.sub(f32x4.abs(weight), by));
  return v128.or(rest, sign);
}

// @ts-expect-error: decorator
@inline
function divisorOf(table: Table, n: v128): v128 {
  const root = f32x4.sqrt(f32x4.add(n, f32x4.splat(table.a)));
  return f32x4.min(f32x4.add(root, f32x4.splat(table.b)), f32x4.splat(table.c));
}

/** Updates a row by the gradient in the half's own row, which ends in zeros. Returns whether its weights are finite. */
export function updateRow(table: Table, half: Half, row: i32): bool {
  if (table.rule === FROZEN) return true;
  const bytes = <usize>table.width << 2;
  const at = <usize>row * bytes;
  const weights = table.weights + at;
  let slot0: usize = table.slot0 === 0 ? 0 : table.slot0 + at;
  const slot1 = table.slot1 + at;
  let rate = table.rate;
  if (table.rule === ROWWISE_ADAGRAD) {
    rate = rowRate(table, half.row, weights, row);
    if (rate === 0) return true;
    slot0 = 0;
  }
  let notFinite = f32x4.splat(0);
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16)
    notFinite = f32x4.add(notFinite, updateFour(table, weights + k, slot0 + k, slot1 + k, half.row + k, rate));
  if (k < bytes) {
    const rest = bytes - k;
    const spare = half.spare;
    memory.copy(spare, weights + k, rest);
    if (slot0 !== 0) memory.copy(spare + 16, slot0 + k, rest);
    if (table.slot1 !== 0) memory.copy(spare + 32, slot1 + k, rest);
    notFinite = f32x4.add(notFinite, updateFour(table, spare, spare + 16, spare + 32, half.row + k, rate));
    memory.copy(weights + k, spare, rest);
    if (slot0 !== 0) memory.copy(slot0 + k, spare + 16, rest);
    if (table.slot1 !== 0) memory.copy(slot1 + k, spare + 32, rest);
  }
  return !v128.any_true(f32x4.ne(notFinite, f32x4.splat(0)));
}

/** Of row-wise Adagrad: its rate after this gradient, 0 where there is none. */
function rowRate(table: Table, gradients: usize, weights: usize, row: i32): f32 {
  let squares: f32 = 0;
  for (let k: usize = 0; k < <usize>table.width << 2; k += 4) {
    const g = load<f32>(gradients + k) + table.l2 * load<f32>(weights + k);
    squares += g * g;
  }
  if (squares === 0) return 0;
  const at = table.slot0 + (<usize>row << 2);
  const n = load<f32>(at) + squares / <f32>table.width;
  store<f32>(at, n);
  return table.rate / f32x4.extract_lane(divisorOf(table, f32x4.splat(n)), 0);
}

/** Updates four weights and their slots by their gradients. Returns zeros where the weights are finite. */
// @ts-expect-error: decorator
@inline
function updateFour(table: Table, weights: usize, slot0: usize, slot1: usize, gradients: usize, rate: f32): v128 {
  const before = v128.load(weights);
  let g = f32x4.add(v128.load(gradients), f32x4.mul(f32x4.splat(table.l2), before));
  let after = before;
  const step = f32x4.splat(rate);
  if (table.rule === ADAGRAD) {
    const n = f32x4.add(v128.load(slot0), f32x4.mul(g, g));
    v128.store(slot0, n);
    const divisor = divisorOf(table, n);
    after = f32x4.sub(before, f32x4.div(f32x4.mul(step, g), divisor));
    if (table.l1 !== 0) after = shrink(after, f32x4.div(f32x4.splat(rate * table.l1), divisor));
    // Without a gradient nothing changes: with a zero accumulator and no epsilon the step would be 0 / 0.
    after = v128.bitselect(before, after, f32x4.eq(g, f32x4.splat(0)));
  } else if (table.rule === ADAM) {
    const beta1 = f32x4.splat(table.b);
    const beta2 = f32x4.splat(table.c);
    const one = f32x4.splat(1);
    const m = f32x4.add(f32x4.mul(beta1, v128.load(slot0)), f32x4.mul(f32x4.sub(one, beta1), g));
    const own = f32x4.mul(f32x4.mul(f32x4.sub(one, beta2), g), g);
    const v = f32x4.add(f32x4.mul(beta2, v128.load(slot1)), own);
    v128.store(slot0, m);
    v128.store(slot1, v);
    const root = f32x4.div(f32x4.sqrt(v), f32x4.splat(table.d));
    after = f32x4.sub(before, f32x4.div(f32x4.mul(step, m), f32x4.add(root, f32x4.splat(table.a))));
  } else if (table.rule === FTRL) {
    const before0 = v128.load(slot0);
    const z0 = v128.load(slot1);
    const n = f32x4.add(before0, f32x4.mul(g, g));
    const root = f32x4.sqrt(n);
    // The difference of the roots, as g^2 by their sum: without cancellation.
    const roots = f32x4.mul(step, f32x4.add(root, f32x4.sqrt(before0)));
    const sigma = f32x4.div(f32x4.mul(g, g), roots);
    const isZero = f32x4.eq(g, f32x4.splat(0));
    const z = v128.bitselect(z0, f32x4.sub(f32x4.add(z0, g), f32x4.mul(sigma, before)), isZero);
    v128.store(slot0, n);
    v128.store(slot1, z);
    const divisor = f32x4.div(f32x4.add(f32x4.splat(table.a), root), step);
    const l2 = f32x4.splat(table.b);
    after = f32x4.div(f32x4.neg(shrink(z, f32x4.splat(table.l1))), f32x4.add(divisor, l2));
    after = v128.bitselect(before, after, isZero);
  } else {
    if (table.rule === MOMENTUM) {
      g = f32x4.add(g, f32x4.mul(f32x4.splat(table.a), v128.load(slot0)));
      v128.store(slot0, g);
    }
    after = f32x4.sub(before, f32x4.mul(step, g));
    if (table.l1 !== 0) after = shrink(after, f32x4.mul(step, f32x4.splat(table.l1)));
  }
  v128.store(weights, after);
  return f32x4.sub(after, after);
}
