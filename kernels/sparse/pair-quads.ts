import { splat } from "./lanes";
import { BARE_ADAGRAD, four, fourAt, settingsNow, took, update } from "./quads";
import { ADAGRAD, FACTORS, FTRL, Group, ROWS, SGD } from "./records";

/** Factorisations of float32 whose width is a multiple of four: see quads.ts. */

// @ts-expect-error: decorator
@inline
function high(four: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1));
}

/** As sumOfPairs; the sums stay in `group.sums` as float32. */
export function sumOfPairsByFour(group: Group, rows: usize, factors: usize): f64 {
  const end = rows + <usize>group.end * ROWS;
  const bytes = <usize>group.width << 2;
  const first = rows + <usize>group.first * ROWS;
  const factor = factors + <usize>group.first * FACTORS;
  let total: f64 = 0;
  let k: usize = 0;
  for (; k + 16 < bytes; k += 32)
    total =
      group.hasNumbers === 0
        ? addEight(false, total, first, end, factor, k, group.sums + k)
        : addEight(true, total, first, end, factor, k, group.sums + k);
  return (k < bytes ? addFour(total, first, end, factor, k, group.sums + k) : total) / 2;
}

/** Adds what weights k to k + 3 have of the sum. */
// @ts-expect-error: decorator
@inline
function addFour(total: f64, first: usize, end: usize, factor: usize, k: usize, to: usize): f64 {
  let sums = splat(0);
  let sumsHigh = splat(0);
  let squares = splat(0);
  let squaresHigh = splat(0);
  for (let row = first, x = factor; row < end; row += ROWS, x += FACTORS) {
    const weights = v128.load(<usize>load<u32>(row) + k);
    const by = v128.load64_splat(x);
    const low = f64x2.mul(f64x2.promote_low_f32x4(weights), by);
    const up = f64x2.mul(high(weights), by);
    sums = f64x2.add(sums, low);
    sumsHigh = f64x2.add(sumsHigh, up);
    squares = f64x2.add(squares, f64x2.mul(low, low));
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(up, up));
  }
  putSums(to, sums, sumsHigh);
  return addPairs(addPairs(total, sums, squares), sumsHigh, squaresHigh);
}

/** The same of weights k to k + 7, by one walk over the rows. `hasNumbers`: told while compiling. */
// @ts-expect-error: decorator
@inline
function addEight(hasNumbers: bool, total: f64, first: usize, end: usize, factor: usize, k: usize, to: usize): f64 {
  let sums = splat(0);
  let sumsHigh = splat(0);
  let sumsNext = splat(0);
  let sumsLast = splat(0);
  let squares = splat(0);
  let squaresHigh = splat(0);
  let squaresNext = splat(0);
  let squaresLast = splat(0);
  for (let row = first, x = factor; row < end; row += ROWS, x += FACTORS) {
    const at = <usize>load<u32>(row) + k;
    const weights = v128.load(at);
    const others = v128.load(at, 16);
    let low = f64x2.promote_low_f32x4(weights);
    let up = high(weights);
    let next = f64x2.promote_low_f32x4(others);
    let last = high(others);
    if (hasNumbers) {
      const by = v128.load64_splat(x);
      low = f64x2.mul(low, by);
      up = f64x2.mul(up, by);
      next = f64x2.mul(next, by);
      last = f64x2.mul(last, by);
    }
    sums = f64x2.add(sums, low);
    sumsHigh = f64x2.add(sumsHigh, up);
    sumsNext = f64x2.add(sumsNext, next);
    sumsLast = f64x2.add(sumsLast, last);
    squares = f64x2.add(squares, f64x2.mul(low, low));
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(up, up));
    squaresNext = f64x2.add(squaresNext, f64x2.mul(next, next));
    squaresLast = f64x2.add(squaresLast, f64x2.mul(last, last));
  }
  putSums(to, sums, sumsHigh);
  putSums(to + 16, sumsNext, sumsLast);
  const four = addPairs(addPairs(total, sums, squares), sumsHigh, squaresHigh);
  return addPairs(addPairs(four, sumsNext, squaresNext), sumsLast, squaresLast);
}

// @ts-expect-error: decorator
@inline
function putSums(to: usize, low: v128, up: v128): void {
  v128.store(to, v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(up), 0, 2));
}

// @ts-expect-error: decorator
@inline
function addPairs(total: f64, sums: v128, squares: v128): f64 {
  const pairs = f64x2.sub(f64x2.mul(sums, sums), squares);
  return total + f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

/** As learnFactorisation. */
export function learnPairsByFour(group: Group, rows: usize, factors: usize, gradient: f64, rate: f64): i32 {
  const optimizer = group.optimizer;
  if (optimizer === ADAGRAD && group.l2 === 0) {
    if (group.hasNumbers === 0) return learnPairs(BARE_ADAGRAD, false, group, rows, factors, gradient, rate);
    return learnPairs(BARE_ADAGRAD, true, group, rows, factors, gradient, rate);
  }
  if (optimizer === ADAGRAD) return learnPairs(ADAGRAD, true, group, rows, factors, gradient, rate);
  if (optimizer === FTRL) return learnPairs(FTRL, true, group, rows, factors, gradient, rate);
  return learnPairs(SGD, true, group, rows, factors, gradient, rate);
}

/** `optimizer` and `hasNumbers` are told where they are known while compiling. */
// @ts-expect-error: decorator
@inline
function learnPairs(
  optimizer: i32,
  hasNumbers: bool,
  group: Group,
  rows: usize,
  factors: usize,
  gradient: f64,
  rate: f64,
): i32 {
  const slot = group.slot;
  const fours = settingsNow(group, rate);
  const bytes = <usize>group.width << 2;
  const between = group.sums;
  const whole = four(gradient);
  for (let place = group.first; place < group.end; place++) {
    const factor = factors + <usize>place * FACTORS;
    if (hasNumbers && load<f64>(factor) === 0) continue;
    const row = <usize>load<u32>(rows + <usize>place * ROWS);
    const scale = hasNumbers ? four(gradient * load<f64>(factor)) : whole;
    const x = hasNumbers ? fourAt(factor) : whole;
    let squares = splat(0);
    let bad = splat(0);
    for (let k: usize = 0; k < bytes; k += 16) {
      const weights = v128.load(row + k);
      const own = hasNumbers ? f32x4.mul(weights, x) : weights;
      const g = f32x4.mul(scale, f32x4.sub(v128.load(between + k), own));
      squares = f32x4.add(squares, f32x4.mul(g, g));
      bad = v128.or(bad, update(optimizer, row + k, slot, weights, g, fours));
    }
    if (!took(group, place, squares, bad)) return place;
  }
  return -1;
}
