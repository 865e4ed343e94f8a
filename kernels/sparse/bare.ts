import { splat } from "./lanes";
import { FACTORS, Group, ROWS } from "./records";

/**
 * The rules of optimizers.ts without what few models ask of them (clipping; of Adagrad penalties and a floor), for rows
 * of one weight in float64, which come and go as a whole: the same bits. The last places first: numbers stand behind
 * ids as a rule, and every event waits for their weights. Both return whether every weight is finite afterwards.
 */

/** Rows: [w, n]. */
// @ts-expect-error: decorator
@inline
export function learnAdagrad(group: Group, rows: usize, factors: usize, gradient: f64, now: f64): bool {
  const factor = splat(gradient);
  const rate = splat(now);
  const inside = splat(group.inside);
  const outside = splat(group.outside);
  const end = rows + <usize>group.first * ROWS;
  let row = rows + <usize>(group.end - 2) * ROWS;
  let x = factors + <usize>(group.end - 2) * FACTORS;
  let squares = group.squares + ((<usize>(group.end - 2)) << 3);
  let bad = splat(0);
  for (; row >= end; row -= 2 * ROWS, x -= 2 * FACTORS, squares -= 16) {
    const a = <usize>load<u32>(row);
    const b = <usize>load<u32>(row, ROWS);
    const g = f64x2.mul(factor, v128.load64_lane(x, v128.load64_zero(x), 1, FACTORS));
    const square = f64x2.mul(g, g);
    v128.store(squares, f64x2.add(v128.load(squares), square));
    const weight = v128.shuffle<f64>(v128.load(a), v128.load(b), 0, 2);
    const before = v128.shuffle<f64>(v128.load(a), v128.load(b), 1, 3);
    const n = f64x2.add(before, square);
    const divisor = f64x2.add(f64x2.sqrt(f64x2.add(n, inside)), outside);
    // With a zero accumulator and no epsilon the step of a zero gradient would be 0 / 0.
    const step = v128.and(f64x2.div(f64x2.mul(rate, g), divisor), f64x2.ne(g, splat(0)));
    const w = f64x2.sub(weight, step);
    bad = v128.or(bad, f64x2.sub(w, w));
    v128.store(a, v128.shuffle<f64>(w, n, 0, 2));
    v128.store(b, v128.shuffle<f64>(w, n, 1, 3));
  }
  return !v128.any_true(bad);
}

/** Rows: [w, n, z, nothing]. */
// @ts-expect-error: decorator
@inline
export function learnFtrl(group: Group, rows: usize, factors: usize, gradient: f64): bool {
  const factor = splat(gradient);
  const perRate = splat(1 / group.rate);
  const beta = splat(group.beta);
  const l1 = splat(group.l1);
  const l2 = splat(group.l2);
  const end = rows + <usize>group.first * ROWS;
  let row = rows + <usize>(group.end - 2) * ROWS;
  let x = factors + <usize>(group.end - 2) * FACTORS;
  let squares = group.squares + ((<usize>(group.end - 2)) << 3);
  let bad = splat(0);
  for (; row >= end; row -= 2 * ROWS, x -= 2 * FACTORS, squares -= 16) {
    const a = <usize>load<u32>(row);
    const b = <usize>load<u32>(row, ROWS);
    const g = f64x2.mul(factor, v128.load64_lane(x, v128.load64_zero(x), 1, FACTORS));
    const square = f64x2.mul(g, g);
    v128.store(squares, f64x2.add(v128.load(squares), square));
    const weight = v128.shuffle<f64>(v128.load(a), v128.load(b), 0, 2);
    const before = v128.shuffle<f64>(v128.load(a), v128.load(b), 1, 3);
    const zBefore = v128.load64_lane(b, v128.load64_zero(a, 16), 1, 16);
    const n = f64x2.add(before, square);
    const root = f64x2.sqrt(n);
    const sigma = f64x2.mul(f64x2.sub(root, f64x2.sqrt(before)), perRate);
    const z = f64x2.sub(f64x2.add(zBefore, g), f64x2.mul(sigma, weight));
    const divisor = f64x2.add(f64x2.mul(f64x2.add(beta, root), perRate), l2);
    const beyond = f64x2.sub(z, v128.or(l1, v128.and(z, splat(-0.0))));
    const solved = v128.andnot(f64x2.div(f64x2.neg(beyond), divisor), f64x2.le(f64x2.abs(z), l1));
    // Without a gradient n and z are what they were.
    const w = v128.bitselect(solved, weight, f64x2.ne(g, splat(0)));
    bad = v128.or(bad, f64x2.sub(w, w));
    v128.store(a, v128.shuffle<f64>(w, n, 0, 2));
    v128.store(b, v128.shuffle<f64>(w, n, 1, 3));
    v128.store64_lane(a, z, 0, 16);
    v128.store64_lane(b, z, 1, 16);
  }
  return !v128.any_true(bad);
}
