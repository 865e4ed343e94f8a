import { learnAdagrad, learnFtrl } from "./bare";
import { learnAdagradByFour, learnFtrlByFour } from "./bare-quads";
import { clipped, loadTwo, splat } from "./lanes";
import { update } from "./optimizers";
import { ADAGRAD, FACTORS, Group, ROWS } from "./records";

/** Of a group of single weights without its bias, the sum of weight x factor: of every other place, in their order, and of the rest. */
// @ts-expect-error: decorator
@inline
export function sumOfWeights<T>(group: Group, rows: usize, factors: usize): f64 {
  const end = rows + <usize>group.summed * ROWS;
  const first = <usize>(group.first + group.hasBias);
  let row = rows + first * ROWS;
  let x = factors + first * FACTORS;
  let sums = splat(0);
  for (; row < end; row += 2 * ROWS, x += 2 * FACTORS) {
    const weights = loadTwo<T>(<usize>load<u32>(row), <usize>load<u32>(row, ROWS));
    sums = f64x2.add(sums, f64x2.mul(weights, loadTwo<f64>(x, x + FACTORS)));
  }
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** Returns the place that is not finite afterwards, or -1. */
// @ts-expect-error: decorator
@inline
export function learnWeights<T>(group: Group, rows: usize, factors: usize, gradient: f64, rate: f64): i32 {
  let isFinite: bool;
  if (group.isBare === 0) isFinite = learnAny<T>(group, rows, factors, gradient, rate);
  else if (sizeof<T>() === 4) {
    if (group.optimizer === ADAGRAD) isFinite = learnAdagradByFour(group, rows, factors, gradient, rate);
    else isFinite = learnFtrlByFour(group, rows, factors, gradient);
  } else if (group.optimizer === ADAGRAD) isFinite = learnAdagrad(group, rows, factors, gradient, rate);
  else isFinite = learnFtrl(group, rows, factors, gradient);
  return isFinite ? -1 : badPlace<T>(group, rows, factors, gradient);
}

function learnAny<T>(group: Group, rows: usize, factors: usize, gradient: f64, rate: f64): bool {
  let bad = splat(0);
  for (let place = <usize>group.first; place < <usize>group.end; place += 2) {
    const row = rows + place * ROWS;
    const x = factors + place * FACTORS;
    const factor = v128.load64_lane(x, v128.load64_zero(x), 1, FACTORS);
    // + 0: as a sum that begins at 0, never -0.
    let g = f64x2.add(f64x2.mul(splat(gradient), factor), splat(0));
    const squares = group.squares + (place << 3);
    const square = f64x2.mul(g, g);
    v128.store(squares, f64x2.add(v128.load(squares), square));
    if (group.clipNorm < Infinity) g = clipped(g, f64x2.sqrt(square), splat(group.clipNorm));
    const touched = f64x2.ne(factor, splat(0));
    bad = v128.or(bad, update<T>(group, <usize>load<u32>(row), <usize>load<u32>(row, ROWS), g, rate, touched));
  }
  return !v128.any_true(bad);
}

/** The first of a group's weights that is not finite. */
function badPlace<T>(group: Group, rows: usize, factors: usize, gradient: f64): i32 {
  for (let place = group.first; place < group.end; place++) {
    const factor = load<f64>(factors + <usize>place * FACTORS);
    group.norm = sqrt(gradient * factor * (gradient * factor));
    if (factor !== 0 && !isFinite<T>(load<T>(<usize>load<u32>(rows + <usize>place * ROWS)))) return place;
  }
  return group.first;
}
