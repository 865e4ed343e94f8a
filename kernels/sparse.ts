/**
 * Bias, linear, factorisation and dot terms under SGD, Adagrad or FTRL-Proximal, one event at a time. Every operation
 * is that of the plain terms, in their order and in doubles, so the results are the same bits; but for updates in
 * float32 arithmetic (bare-quads.ts, quads.ts). Called by
 * src/model/kernels/sparse-kernel.ts.
 */
import { sigmoid } from "./math/logistic";
import { nextRate } from "./sparse/optimizers";
import { BLOCK, FACTORISATION, Group, Model, ROWS, WEIGHTS } from "./sparse/records";
import { putSettings } from "./sparse/quads";
import { findNewRows, findRows, touch } from "./sparse/rows";
import { learnDot, learnFactorisation, sumOfPairs, sumOfProducts } from "./sparse/vectors";
import { learnWeights, sumOfWeights } from "./sparse/weights";

/** The row of a place is no longer finite: throws. `norm`: of its gradient. */
@external("env", "diverged")
declare function diverged(place: i32, row: usize, norm: f64, event: i32): void;

// @ts-expect-error: decorator
@inline
function groupAt(model: Model, index: i32): Group {
  return changetype<Group>(model.groups + <usize>index * offsetof<Group>());
}

function scoreOf<T>(model: Model, rows: usize, factors: usize): f64 {
  let score: f64 = 0;
  for (let index = 0; index < model.groupCount; index++) {
    const group = groupAt(model, index);
    if (group.kind === WEIGHTS) {
      if (group.hasBias !== 0) score += <f64>load<T>(<usize>load<u32>(rows + <usize>group.first * ROWS));
      score += sumOfWeights<T>(group, rows, factors);
    } else if (group.kind === FACTORISATION) score += sumOfPairs<T>(group, rows, factors);
    else score += sumOfProducts<T>(group, rows);
  }
  return score;
}

// @ts-expect-error: decorator
@inline
function learn<T>(model: Model, region: usize, from: i32, to: i32, isWeighted: i32, out: usize): void {
  for (let index = 0; index < model.groupCount; index++) {
    const group = groupAt(model, index);
    putSettings(group, group.rate);
  }
  for (let first = from; first < to; first += BLOCK) {
    const count = min<i32>(BLOCK, to - first);
    findRows(model, region, first, count);
    let rows = model.rows;
    let factors = model.factors;
    for (let slot = 0; slot < count; slot++, rows += 4, factors += 8) {
      const row = first + slot;
      findNewRows(model, region, row, rows);
      let score: f64 = 0;
      if (out !== 0) {
        score = scoreOf<T>(model, rows, factors);
        store<f64>(out + ((<usize>(row - from)) << 3), score);
      }
      const isNew = touch(model, region, row);
      if (isNew) findNewRows(model, region, row, rows);
      if (isNew || out === 0) score = scoreOf<T>(model, rows, factors);
      const prediction: f64 = model.isSquared !== 0 ? score : sigmoid(score);
      let gradient = prediction - load<f64>(region + ((<usize>row) << 3));
      if (isWeighted !== 0) gradient *= load<f64>(region + ((<usize>(model.chunk + row)) << 3));
      for (let index = 0; index < model.groupCount; index++) {
        const group = groupAt(model, index);
        const rate = nextRate(group);
        let bad: i32;
        if (group.kind === WEIGHTS) bad = learnWeights<T>(group, rows, factors, gradient, rate);
        else if (group.kind === FACTORISATION) bad = learnFactorisation<T>(group, rows, factors, gradient, rate);
        else bad = learnDot<T>(group, rows, gradient, rate);
        if (bad >= 0) diverged(bad, <usize>load<u32>(rows + <usize>bad * ROWS), group.norm, row - from);
      }
    }
  }
}

// @ts-expect-error: decorator
@inline
function score<T>(model: Model, region: usize, from: i32, to: i32, out: usize): void {
  for (let first = from; first < to; first += BLOCK) {
    const count = min<i32>(BLOCK, to - first);
    findRows(model, region, first, count);
    let rows = model.rows;
    let factors = model.factors;
    for (let slot = 0; slot < count; slot++, rows += 4, factors += 8)
      store<f64>(out + ((<usize>(first + slot - from)) << 3), scoreOf<T>(model, rows, factors));
  }
}

/** Scores of rows [from, to) of a region go to `out`. */
export function score64(model: Model, region: usize, from: i32, to: i32, out: usize): void {
  score<f64>(model, region, from, to, out);
}

export function score32(model: Model, region: usize, from: i32, to: i32, out: usize): void {
  score<f32>(model, region, from, to, out);
}

/** Labels lie at the region's start, weights one chunk of rows behind. `out`: where scores before learning go, or 0. */
export function learn64(model: Model, region: usize, from: i32, to: i32, isWeighted: i32, out: usize): void {
  learn<f64>(model, region, from, to, isWeighted, out);
}

export function learn32(model: Model, region: usize, from: i32, to: i32, isWeighted: i32, out: usize): void {
  learn<f32>(model, region, from, to, isWeighted, out);
}
