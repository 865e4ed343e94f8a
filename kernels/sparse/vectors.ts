import { clipped, loadTwo, splat } from "./lanes";
import { update } from "./optimizers";
import { learnPairsByFour, sumOfPairsByFour } from "./pair-quads";
import { learnDotByFour } from "./quads";
import { FACTORS, Group, ROWS } from "./records";

// @ts-expect-error: decorator
@inline
function isByFour<T>(group: Group): bool {
  return sizeof<T>() === 4 && group.isBare !== 0 && (group.width & 3) === 0;
}

/**
 * Of a factorisation, half of the sum over k of (sum of v_k x)^2 - sum of (v_k x)^2. The sums of v_k x stay in
 * `group.sums` for the gradients.
 */
export function sumOfPairs<T>(group: Group, rows: usize, factors: usize): f64 {
  if (isByFour<T>(group)) return sumOfPairsByFour(group, rows, factors);
  const end = rows + <usize>group.end * ROWS;
  const width = group.width;
  let total: f64 = 0;
  for (let k = 0; k < width; k += 2) {
    const isLast = k + 1 === width;
    const a = <usize>k * sizeof<T>();
    const b = isLast ? a : a + sizeof<T>();
    let row = rows + <usize>group.first * ROWS;
    let x = factors + <usize>group.first * FACTORS;
    let sums = splat(0);
    let squares = splat(0);
    for (; row < end; row += ROWS, x += FACTORS) {
      const at = <usize>load<u32>(row);
      const vx = f64x2.mul(loadTwo<T>(at + a, at + b), v128.load64_splat(x));
      sums = f64x2.add(sums, vx);
      squares = f64x2.add(squares, f64x2.mul(vx, vx));
    }
    v128.store(group.sums + ((<usize>k) << 3), sums);
    const pairs = f64x2.sub(f64x2.mul(sums, sums), squares);
    total += f64x2.extract_lane(pairs, 0);
    if (!isLast) total += f64x2.extract_lane(pairs, 1);
  }
  return total / 2;
}

/** Of a dot term, the inner product of its two rows. */
export function sumOfProducts<T>(group: Group, rows: usize): f64 {
  const left = <usize>load<u32>(rows + <usize>group.first * ROWS);
  const right = <usize>load<u32>(rows + <usize>group.first * ROWS, ROWS);
  const end = <usize>group.width * sizeof<T>();
  let sum: f64 = 0;
  for (let k: usize = 0; k < end; k += sizeof<T>()) sum += <f64>load<T>(left + k) * <f64>load<T>(right + k);
  return sum;
}

/** Learns the rows of a factorisation; those with a factor of 0 have no part. Returns the place that is not finite, or -1. */
export function learnFactorisation<T>(group: Group, rows: usize, factors: usize, gradient: f64, rate: f64): i32 {
  if (isByFour<T>(group)) return learnPairsByFour(group, rows, factors, gradient, rate);
  for (let place = group.first; place < group.end; place++) {
    const x = load<f64>(factors + <usize>place * FACTORS);
    if (x === 0) continue;
    const row = <usize>load<u32>(rows + <usize>place * ROWS);
    const scale = splat(gradient * x);
    for (let k = 0; k < group.width; k += 2) {
      const others = f64x2.sub(v128.load(group.sums + ((<usize>k) << 3)), f64x2.mul(weightsAt<T>(group, row, k), splat(x)));
      putGradients(group.gradients, k, f64x2.mul(scale, others));
    }
    if (!learnRow<T>(group, place, row, group.gradients, rate)) return place;
  }
  return -1;
}

/** Learns both rows of a dot term, each by the other as it was. */
export function learnDot<T>(group: Group, rows: usize, gradient: f64, rate: f64): i32 {
  if (isByFour<T>(group)) return learnDotByFour(group, rows, gradient, rate);
  const first = group.first;
  const left = <usize>load<u32>(rows + <usize>first * ROWS);
  const right = <usize>load<u32>(rows + <usize>first * ROWS, ROWS);
  const bytes = (<usize>group.width + 1) << 3;
  for (let k = 0; k < group.width; k += 2) {
    putGradients(group.gradients, k, f64x2.mul(splat(gradient), weightsAt<T>(group, right, k)));
    putGradients(group.gradients + bytes, k, f64x2.mul(splat(gradient), weightsAt<T>(group, left, k)));
  }
  if (!learnRow<T>(group, first, left, group.gradients, rate)) return first;
  return learnRow<T>(group, first + 1, right, group.gradients + bytes, rate) ? -1 : first + 1;
}

/** Weights k and k + 1 of a row; the last one twice where the width is odd. */
// @ts-expect-error: decorator
@inline
function weightsAt<T>(group: Group, row: usize, k: i32): v128 {
  const at = row + <usize>k * sizeof<T>();
  return loadTwo<T>(at, k + 1 === group.width ? at : at + sizeof<T>());
}

/** Both at once, as they are read again: two stores are slow to be one load. + 0: as sums that begin at 0, never -0. */
// @ts-expect-error: decorator
@inline
function putGradients(gradients: usize, k: i32, two: v128): void {
  v128.store(gradients + ((<usize>k) << 3), f64x2.add(two, splat(0)));
}

/** Table's own update, as src/model/table.ts has it. Whether the row is finite afterwards. */
function learnRow<T>(group: Group, place: i32, row: usize, gradients: usize, rate: f64): bool {
  const width = <usize>group.width;
  let squares: f64 = 0;
  for (let k: usize = 0; k < width; k++) {
    const g = load<f64>(gradients + (k << 3));
    squares += g * g;
  }
  const sum = group.squares + ((<usize>place) << 3);
  store<f64>(sum, load<f64>(sum) + squares);
  let clips = false;
  if (group.clipNorm < Infinity) {
    group.norm = sqrt(squares);
    clips = group.norm > group.clipNorm;
  }
  let bad = splat(0);
  for (let k: usize = 0; k < width; k += 2) {
    const a = row + k * sizeof<T>();
    const isLast = k + 1 === width;
    const at = gradients + (k << 3);
    let g = isLast ? v128.load64_splat(at) : v128.load(at);
    if (clips) g = clipped(g, splat(group.norm), splat(group.clipNorm));
    bad = v128.or(bad, update<T>(group, a, isLast ? a : a + sizeof<T>(), g, rate, i64x2.splat(-1)));
  }
  if (!v128.any_true(bad)) return true;
  group.norm = sqrt(squares);
  return false;
}
