import { splat } from "./lanes";
import { settingsNow } from "./quads";
import { FACTORS, Group, ROWS } from "./records";

/**
 * The rules of bare.ts for rows of one weight in float32, four of them at a time and in float32 arithmetic; gradients
 * are those of the plain terms, rounded once. Both return whether every weight is finite afterwards.
 */

/** Rows: [w, n]. */
// @ts-expect-error: decorator
@inline
export function learnAdagradByFour(group: Group, rows: usize, factors: usize, gradient: f64, now: f64): bool {
  const factor = splat(gradient);
  const fours = settingsNow(group, now);
  const first = rows + <usize>group.first * ROWS;
  const last = <usize>group.end - 4;
  let row = rows + last * ROWS;
  let x = factors + last * FACTORS;
  let squares = group.squares + (last << 3);
  let bad = splat(0);
  for (; row >= first; row -= 4 * ROWS, x -= 4 * FACTORS, squares -= 32) {
    const a = <usize>load<u32>(row);
    const b = <usize>load<u32>(row, ROWS);
    const c = <usize>load<u32>(row, 2 * ROWS);
    const d = <usize>load<u32>(row, 3 * ROWS);
    const g = gradientsOf(factor, x, squares);
    const ab = v128.load64_lane(b, v128.load64_zero(a), 1);
    const cd = v128.load64_lane(d, v128.load64_zero(c), 1);
    const n = f32x4.add(v128.shuffle<f32>(ab, cd, 1, 3, 5, 7), f32x4.mul(g, g));
    const divisor = f32x4.add(f32x4.sqrt(f32x4.add(n, v128.load(fours, 32))), v128.load(fours, 48));
    // Of a gradient of 0, or one whose square is, with a zero accumulator and no epsilon.
    const step = v128.and(f32x4.div(f32x4.mul(v128.load(fours), g), divisor), f32x4.ne(divisor, splat(0)));
    const w = f32x4.sub(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), step);
    bad = v128.or(bad, f32x4.sub(w, w));
    const low = v128.shuffle<f32>(w, n, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(w, n, 2, 6, 3, 7);
    v128.store64_lane(a, low, 0);
    v128.store64_lane(b, low, 1);
    v128.store64_lane(c, high, 0);
    v128.store64_lane(d, high, 1);
  }
  return !v128.any_true(bad);
}

/** Rows: [w, n, z, nothing]. */
// @ts-expect-error: decorator
@inline
export function learnFtrlByFour(group: Group, rows: usize, factors: usize, gradient: f64): bool {
  const factor = splat(gradient);
  const fours = settingsNow(group, group.rate);
  const first = rows + <usize>group.first * ROWS;
  const last = <usize>group.end - 4;
  let row = rows + last * ROWS;
  let x = factors + last * FACTORS;
  let squares = group.squares + (last << 3);
  let bad = splat(0);
  for (; row >= first; row -= 4 * ROWS, x -= 4 * FACTORS, squares -= 32) {
    const a = <usize>load<u32>(row);
    const b = <usize>load<u32>(row, ROWS);
    const c = <usize>load<u32>(row, 2 * ROWS);
    const d = <usize>load<u32>(row, 3 * ROWS);
    const g = gradientsOf(factor, x, squares);
    const rowA = v128.load(a);
    const rowB = v128.load(b);
    const rowC = v128.load(c);
    const rowD = v128.load(d);
    const wnAB = v128.shuffle<f32>(rowA, rowB, 0, 4, 1, 5);
    const wnCD = v128.shuffle<f32>(rowC, rowD, 0, 4, 1, 5);
    const weight = v128.shuffle<f64>(wnAB, wnCD, 0, 2);
    const before = v128.shuffle<f64>(wnAB, wnCD, 1, 3);
    const zAB = v128.shuffle<f32>(rowA, rowB, 2, 6, 3, 7);
    const zCD = v128.shuffle<f32>(rowC, rowD, 2, 6, 3, 7);
    const perRate = v128.load(fours);
    const l1 = v128.load(fours, 48);
    const n = f32x4.add(before, f32x4.mul(g, g));
    const root = f32x4.sqrt(n);
    const sigma = f32x4.mul(f32x4.sub(root, f32x4.sqrt(before)), perRate);
    const z = f32x4.sub(f32x4.add(v128.shuffle<f64>(zAB, zCD, 0, 2), g), f32x4.mul(sigma, weight));
    const divisor = f32x4.add(f32x4.mul(f32x4.add(v128.load(fours, 32), root), perRate), v128.load(fours, 16));
    const beyond = f32x4.sub(z, v128.or(l1, v128.and(z, f32x4.splat(-0.0))));
    const solved = v128.andnot(f32x4.div(f32x4.neg(beyond), divisor), f32x4.le(f32x4.abs(z), l1));
    // Without a gradient n and z are what they were.
    const moves = v128.and(f32x4.ne(g, splat(0)), f32x4.ne(divisor, splat(0)));
    const w = v128.bitselect(solved, weight, moves);
    bad = v128.or(bad, f32x4.sub(w, w));
    const wnLow = v128.shuffle<f32>(w, n, 0, 4, 1, 5);
    const wnHigh = v128.shuffle<f32>(w, n, 2, 6, 3, 7);
    const zLow = v128.shuffle<f32>(z, splat(0), 0, 4, 1, 5);
    const zHigh = v128.shuffle<f32>(z, splat(0), 2, 6, 3, 7);
    v128.store(a, v128.shuffle<f64>(wnLow, zLow, 0, 2));
    v128.store(b, v128.shuffle<f64>(wnLow, zLow, 1, 3));
    v128.store(c, v128.shuffle<f64>(wnHigh, zHigh, 0, 2));
    v128.store(d, v128.shuffle<f64>(wnHigh, zHigh, 1, 3));
  }
  return !v128.any_true(bad);
}

/** The gradients of four places in a row; adds their squares, in doubles, to the places' own. */
// @ts-expect-error: decorator
@inline
function gradientsOf(factor: v128, x: usize, squares: usize): v128 {
  const low = f64x2.mul(factor, v128.load64_lane(x, v128.load64_zero(x), 1, FACTORS));
  const high = f64x2.mul(factor, v128.load64_lane(x, v128.load64_zero(x, 2 * FACTORS), 1, 3 * FACTORS));
  v128.store(squares, f64x2.add(v128.load(squares), f64x2.mul(low, low)));
  v128.store(squares, f64x2.add(v128.load(squares, 16), f64x2.mul(high, high)), 16);
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
