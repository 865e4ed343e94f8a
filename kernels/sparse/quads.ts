import { splat } from "./lanes";
import { ADAGRAD, FACTORS, FTRL, Group, ROWS, SGD } from "./records";

/**
 * Vectors of float32 whose width is a multiple of four: scores are the bits of vectors.ts, and rows are updated in
 * float32 arithmetic, four weights at a time, by the rules of optimizers.ts without clipping, L1 steps and floors.
 */

/** Adagrad without l2, which most rows learn by: an addition less before the slowest of its operations. */
export const BARE_ADAGRAD: i32 = -1;

/** As learnDot. */
export function learnDotByFour(group: Group, rows: usize, gradient: f64, rate: f64): i32 {
  const optimizer = group.optimizer;
  if (optimizer === ADAGRAD) return learnBoth(ADAGRAD, group, rows, gradient, rate);
  if (optimizer === FTRL) return learnBoth(FTRL, group, rows, gradient, rate);
  return learnBoth(SGD, group, rows, gradient, rate);
}

// @ts-expect-error: decorator
@inline
function learnBoth(optimizer: i32, group: Group, rows: usize, gradient: f64, rate: f64): i32 {
  const slot = group.slot;
  const fours = settingsNow(group, rate);
  const left = <usize>load<u32>(rows + <usize>group.first * ROWS);
  const right = <usize>load<u32>(rows + <usize>group.first * ROWS, ROWS);
  const bytes = <usize>group.width << 2;
  const scale = four(gradient);
  let squaresLeft = splat(0);
  let squaresRight = splat(0);
  let badLeft = splat(0);
  let badRight = splat(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    const u = v128.load(left + k);
    const v = v128.load(right + k);
    const ofLeft = f32x4.mul(scale, v);
    const ofRight = f32x4.mul(scale, u);
    squaresLeft = f32x4.add(squaresLeft, f32x4.mul(ofLeft, ofLeft));
    squaresRight = f32x4.add(squaresRight, f32x4.mul(ofRight, ofRight));
    badLeft = v128.or(badLeft, update(optimizer, left + k, slot, u, ofLeft, fours));
    badRight = v128.or(badRight, update(optimizer, right + k, slot, v, ofRight, fours));
  }
  if (!took(group, group.first, squaresLeft, badLeft)) return group.first;
  return took(group, group.first + 1, squaresRight, badRight) ? -1 : group.first + 1;
}

/** Adds a row's squared gradients to its place's. Whether the row is finite. */
// @ts-expect-error: decorator
@inline
export function took(group: Group, place: i32, squares: v128, bad: v128): bool {
  const sum = <f64>sumOfFour(squares);
  const at = group.squares + ((<usize>place) << 3);
  store<f64>(at, load<f64>(at) + sum);
  if (!v128.any_true(bad)) return true;
  group.norm = sqrt(sum);
  return false;
}

// @ts-expect-error: decorator
@inline
function sumOfFour(four: v128): f32 {
  const halves = f32x4.add(four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

// @ts-expect-error: decorator
@inline
export function four(number: f64): v128 {
  return fourOf(splat(number));
}

/** The number at `at`, four times over. */
// @ts-expect-error: decorator
@inline
export function fourAt(at: usize): v128 {
  return fourOf(v128.load64_zero(at));
}

/** The first of two doubles. Rounded as a vector: to round a number by itself waits for what its register was before. */
// @ts-expect-error: decorator
@inline
function fourOf(two: v128): v128 {
  const rounded = f32x4.demote_f64x2_zero(two);
  return v128.shuffle<f32>(rounded, rounded, 0, 0, 0, 0);
}

/**
 * Puts what every update of an event reads where it is read four times over: a number that is widened anew in a loop
 * makes each turn wait for the one before. Rate (FTRL: 1 / rate), l2, inside (beta), outside (l1).
 */
// @ts-expect-error: decorator
@inline
export function putSettings(group: Group, rate: f64): usize {
  const fours = group.fours;
  const isFtrl = group.optimizer === FTRL;
  v128.store(fours, four(isFtrl ? 1 / rate : rate));
  v128.store(fours, four(group.l2), 16);
  v128.store(fours, four(isFtrl ? group.beta : group.inside), 32);
  v128.store(fours, four(isFtrl ? group.l1 : group.outside), 48);
  return fours;
}

/** What `learn` put there as it began, but where the rate depends on the number of updates. */
// @ts-expect-error: decorator
@inline
export function settingsNow(group: Group, rate: f64): usize {
  return group.isPaced === 0 ? group.fours : putSettings(group, rate);
}

/** Returns 0 in every lane, or NaN where a weight is not finite afterwards. */
// @ts-expect-error: decorator
@inline
export function update(optimizer: i32, at: usize, slot: usize, weights: v128, own: v128, fours: usize): v128 {
  let after = weights;
  if (optimizer === BARE_ADAGRAD) after = adagrad(at + slot, weights, own, fours);
  else if (optimizer === ADAGRAD) after = adagrad(at + slot, weights, withL2(own, weights, fours), fours);
  else if (optimizer === FTRL) after = ftrl(at + slot, at + 2 * slot, weights, own, fours);
  else if (optimizer === SGD) {
    after = f32x4.sub(weights, f32x4.mul(v128.load(fours), withL2(own, weights, fours)));
  }
  v128.store(at, after);
  return f32x4.sub(after, after);
}

// @ts-expect-error: decorator
@inline
function withL2(own: v128, weights: v128, fours: usize): v128 {
  return f32x4.add(own, f32x4.mul(v128.load(fours, 16), weights));
}

// @ts-expect-error: decorator
@inline
function adagrad(nAt: usize, weights: v128, g: v128, fours: usize): v128 {
  const n = f32x4.add(v128.load(nAt), f32x4.mul(g, g));
  v128.store(nAt, n);
  const divisor = f32x4.add(f32x4.sqrt(f32x4.add(n, v128.load(fours, 32))), v128.load(fours, 48));
  const step = f32x4.div(f32x4.mul(v128.load(fours), g), divisor);
  return f32x4.sub(weights, v128.and(step, f32x4.ne(divisor, splat(0))));
}

// @ts-expect-error: decorator
@inline
function ftrl(nAt: usize, zAt: usize, weights: v128, g: v128, fours: usize): v128 {
  const perRate = v128.load(fours);
  const l1 = v128.load(fours, 48);
  const before = v128.load(nAt);
  const n = f32x4.add(before, f32x4.mul(g, g));
  const root = f32x4.sqrt(n);
  const sigma = f32x4.mul(f32x4.sub(root, f32x4.sqrt(before)), perRate);
  const z = f32x4.sub(f32x4.add(v128.load(zAt), g), f32x4.mul(sigma, weights));
  const divisor = f32x4.add(f32x4.mul(f32x4.add(v128.load(fours, 32), root), perRate), v128.load(fours, 16));
  const beyond = f32x4.sub(z, v128.or(l1, v128.and(z, f32x4.splat(-0.0))));
  const solved = v128.andnot(f32x4.div(f32x4.neg(beyond), divisor), f32x4.le(f32x4.abs(z), l1));
  v128.store(nAt, n);
  v128.store(zAt, z);
  // Without a gradient n and z are what they were.
  return v128.bitselect(solved, weights, f32x4.ne(g, splat(0)));
}
