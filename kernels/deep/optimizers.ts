/** The optimizers of src/model/optimizers on a multiple of 4 weights, four at a time, in f32. */
import { Table } from "./plan";

const MOMENTUM: i32 = 2;

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
function divisorOf(n: v128, inside: v128, outside: v128, most: v128): v128 {
  return f32x4.min(f32x4.add(f32x4.sqrt(f32x4.add(n, inside)), outside), most);
}

export function adagrad(table: Table, weights: usize, slot: usize, gradients: usize, bytes: usize, rate: f32): void {
  const step = f32x4.splat(rate);
  const l2 = f32x4.splat(table.l2);
  const l1 = f32x4.splat(rate * table.l1);
  const inside = f32x4.splat(table.a);
  const outside = f32x4.splat(table.b);
  const most = f32x4.splat(table.c);
  for (let k: usize = 0; k < bytes; k += 16) {
    const before = v128.load(weights + k);
    const g = f32x4.add(v128.load(gradients + k), f32x4.mul(l2, before));
    const n = f32x4.add(v128.load(slot + k), f32x4.mul(g, g));
    v128.store(slot + k, n);
    const divisor = divisorOf(n, inside, outside, most);
    let after = f32x4.sub(before, f32x4.div(f32x4.mul(step, g), divisor));
    if (table.l1 !== 0) after = shrink(after, f32x4.div(l1, divisor));
    // Without a gradient nothing changes: with a zero accumulator and no epsilon the step would be 0 / 0.
    after = v128.bitselect(before, after, f32x4.eq(g, f32x4.splat(0)));
    v128.store(weights + k, after);
  }
}

export function adam(
  table: Table,
  weights: usize,
  slot0: usize,
  slot1: usize,
  gradients: usize,
  bytes: usize,
  rate: f32,
): void {
  const step = f32x4.splat(rate);
  const beta1 = f32x4.splat(table.b);
  const beta2 = f32x4.splat(table.c);
  const one = f32x4.splat(1);
  for (let k: usize = 0; k < bytes; k += 16) {
    const before = v128.load(weights + k);
    const g = f32x4.add(v128.load(gradients + k), f32x4.mul(f32x4.splat(table.l2), before));
    const m = f32x4.add(f32x4.mul(beta1, v128.load(slot0 + k)), f32x4.mul(f32x4.sub(one, beta1), g));
    const own = f32x4.mul(f32x4.mul(f32x4.sub(one, beta2), g), g);
    const v = f32x4.add(f32x4.mul(beta2, v128.load(slot1 + k)), own);
    v128.store(slot0 + k, m);
    v128.store(slot1 + k, v);
    const root = f32x4.div(f32x4.sqrt(v), f32x4.splat(table.d));
    const divisor = f32x4.add(root, f32x4.splat(table.a));
    const after = f32x4.sub(before, f32x4.div(f32x4.mul(step, m), divisor));
    v128.store(weights + k, after);
  }
}

export function ftrl(
  table: Table,
  weights: usize,
  slot0: usize,
  slot1: usize,
  gradients: usize,
  bytes: usize,
  rate: f32,
): void {
  const step = f32x4.splat(rate);
  for (let k: usize = 0; k < bytes; k += 16) {
    const before = v128.load(weights + k);
    const g = f32x4.add(v128.load(gradients + k), f32x4.mul(f32x4.splat(table.l2), before));
    const n0 = v128.load(slot0 + k);
    const z0 = v128.load(slot1 + k);
    const n = f32x4.add(n0, f32x4.mul(g, g));
    const root = f32x4.sqrt(n);
    // The difference of the roots, as g^2 by their sum: without cancellation.
    const roots = f32x4.mul(step, f32x4.add(root, f32x4.sqrt(n0)));
    const sigma = f32x4.div(f32x4.mul(g, g), roots);
    const isZero = f32x4.eq(g, f32x4.splat(0));
    const z = v128.bitselect(z0, f32x4.sub(f32x4.add(z0, g), f32x4.mul(sigma, before)), isZero);
    v128.store(slot0 + k, n);
    v128.store(slot1 + k, z);
    const divisor = f32x4.div(f32x4.add(f32x4.splat(table.a), root), step);
    const shrunk = shrink(z, f32x4.splat(table.l1));
    let after = f32x4.div(f32x4.neg(shrunk), f32x4.add(divisor, f32x4.splat(table.b)));
    after = v128.bitselect(before, after, isZero);
    v128.store(weights + k, after);
  }
}

/** With momentum too; and row-wise Adagrad once its row has a rate. */
export function sgd(table: Table, weights: usize, slot: usize, gradients: usize, bytes: usize, rate: f32): void {
  const step = f32x4.splat(rate);
  const l1 = f32x4.splat(rate * table.l1);
  for (let k: usize = 0; k < bytes; k += 16) {
    const before = v128.load(weights + k);
    let g = f32x4.add(v128.load(gradients + k), f32x4.mul(f32x4.splat(table.l2), before));
    if (table.rule === MOMENTUM) {
      g = f32x4.add(g, f32x4.mul(f32x4.splat(table.a), v128.load(slot + k)));
      v128.store(slot + k, g);
    }
    let after = f32x4.sub(before, f32x4.mul(step, g));
    if (table.l1 !== 0) after = shrink(after, l1);
    v128.store(weights + k, after);
  }
}
