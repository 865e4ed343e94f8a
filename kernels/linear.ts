/**
 * Bias and linear terms under SGD, Adagrad or FTRL-Proximal, one event at a time. Every operation is that of the plain
 * terms, in their order and in doubles, so the results are the same bits. See src/model/kernels/linear-kernel.ts for
 * who calls it and src/model/kernels/layout.ts for what lies where.
 */

/** JavaScript's own: another exp would differ in the last bit. */
@external("env", "exp")
declare function exp(x: f64): f64;
/** A new id is about to be learned: gives it a row, and the row its start. */
@external("env", "append")
declare function append(feature: i32, id: i32): void;

/** A weight is no longer finite: throws. */
@external("env", "diverged")
declare function diverged(index: i32, row: i32, gradient: f64, event: i32): void;

const PART_BYTES: usize = 80;
const CONSTANT: i32 = 0;
const CODES: i32 = 1;
const SGD: i32 = 1;
const ADAGRAD: i32 = 2;
const FTRL: i32 = 3;

// @ts-expect-error: decorator
@inline
function pointer(part: usize, offset: usize): usize {
  return <usize>load<u32>(part + offset);
}

/** The row of a part's table that an event stands for. */
// @ts-expect-error: decorator
@inline
function rowOf(part: usize, region: usize, row: i32): i32 {
  if (load<i32>(part) !== CODES) return 0;
  const code = load<i32>(region + load<i32>(part, 72) + ((<usize>row) << 2));
  return code >= 0 ? code : load<i32>(pointer(part, 20) + ((<usize>(-1 - code)) << 2));
}

/** What the row's weight is multiplied by. */
// @ts-expect-error: decorator
@inline
function factorOf(part: usize, region: usize, row: i32): f64 {
  const kind = load<i32>(part);
  if (kind === CODES || kind === CONSTANT) return 1;
  return load<f64>(region + load<i32>(part, 72) + ((<usize>row) << 3));
}

function scoreOf<T>(parts: usize, count: i32, region: usize, row: i32): f64 {
  let score: f64 = 0;
  let sum: f64 = 0;
  let term = load<i32>(parts, 4);
  for (let index = 0; index < count; index++) {
    const part = parts + <usize>index * PART_BYTES;
    if (load<i32>(part, 4) !== term) {
      score += sum;
      sum = 0;
      term = load<i32>(part, 4);
    }
    const weight = <f64>load<T>(pointer(part, 8) + <usize>rowOf(part, region, row) * sizeof<T>());
    sum += load<i32>(part) < 2 ? weight : weight * factorOf(part, region, row);
  }
  return score + sum;
}

/**
 * Ids that are new get their rows, and rows their counts, before the score: loss and gradients see the same weights.
 * Whether there was such an id.
 */
function touch(parts: usize, count: i32, region: usize, row: i32): bool {
  let isNew = false;
  for (let index = 0; index < count; index++) {
    const part = parts + <usize>index * PART_BYTES;
    if (load<i32>(part) !== CODES) continue;
    const code = load<i32>(region + load<i32>(part, 72) + ((<usize>row) << 2));
    if (code < 0 && load<i32>(pointer(part, 20) + ((<usize>(-1 - code)) << 2)) === load<i32>(part, 24)) {
      append(load<i32>(part, 76), -1 - code);
      isNew = true;
    }
    const at = pointer(part, 28) + ((<usize>rowOf(part, region, row)) << 3);
    store<f64>(at, load<f64>(at) + 1);
  }
  return isNew;
}

/** Whether the weight is finite afterwards. */
function update<T>(part: usize, row: i32, gradient: f64): bool {
  const squares = pointer(part, 32);
  store<f64>(squares, load<f64>(squares) + gradient * gradient);
  const optimizer = load<i32>(part, 36);
  const at = <usize>row * sizeof<T>();
  const weightAt = pointer(part, 8) + at;
  const rate = load<f64>(part, 40);
  const l2 = load<f64>(part, 48);
  const weight = <f64>load<T>(weightAt);
  if (optimizer === SGD) {
    store<T>(weightAt, <T>(weight - rate * (gradient + l2 * weight)));
  } else if (optimizer === ADAGRAD) {
    const g = gradient + l2 * weight;
    if (g === 0) return isFinite<T>(load<T>(weightAt));
    const slotAt = pointer(part, 12) + at;
    const n = <f64>load<T>(slotAt) + g * g;
    store<T>(slotAt, <T>n);
    store<T>(weightAt, <T>(weight - (rate * g) / (sqrt<f64>(n + load<f64>(part, 56)) + load<f64>(part, 64))));
  } else if (optimizer === FTRL) {
    if (gradient === 0) return isFinite<T>(load<T>(weightAt));
    const nAt = pointer(part, 12) + at;
    const zAt = pointer(part, 16) + at;
    const before = <f64>load<T>(nAt);
    const n = before + gradient * gradient;
    const root = sqrt<f64>(n);
    const sigma = (root - sqrt<f64>(before)) / rate;
    const z = <f64>load<T>(zAt) + gradient - sigma * weight;
    store<T>(nAt, <T>n);
    store<T>(zAt, <T>z);
    const beta = load<f64>(part, 56);
    const l1 = load<f64>(part, 64);
    const sign: f64 = z > 0 ? 1 : -1;
    store<T>(weightAt, <T>(abs<f64>(z) <= l1 ? 0 : -(z - sign * l1) / ((beta + root) / rate + l2)));
  }
  return isFinite<T>(load<T>(weightAt));
}

/** `out`: where the score before goes, or 0. */
// @ts-expect-error: decorator
@inline
function learnRow<T>(parts: usize, count: i32, region: usize, chunk: i32, row: i32, event: i32, flags: i32, out: usize): void {
  let score: f64 = 0;
  if (out !== 0) {
    score = scoreOf<T>(parts, count, region, row);
    store<f64>(out, score);
  }
  if (touch(parts, count, region, row) || out === 0) score = scoreOf<T>(parts, count, region, row);
  const prediction: f64 = (flags & 1) !== 0 ? score : 1 / (1 + exp(-score));
  let gradient = prediction - load<f64>(region + ((<usize>row) << 3));
  if ((flags & 2) !== 0) gradient *= load<f64>(region + ((<usize>(chunk + row)) << 3));
  for (let index = 0; index < count; index++) {
    const part = parts + <usize>index * PART_BYTES;
    const value = factorOf(part, region, row);
    if (value === 0) continue;
    const own = gradient * value;
    const at = rowOf(part, region, row);
    if (!update<T>(part, at, own)) diverged(index, at, own, event);
  }
}

export function score64(parts: usize, count: i32, region: usize, from: i32, to: i32, out: usize): void {
  for (let row = from; row < to; row++)
    store<f64>(out + ((<usize>(row - from)) << 3), scoreOf<f64>(parts, count, region, row));
}

export function score32(parts: usize, count: i32, region: usize, from: i32, to: i32, out: usize): void {
  for (let row = from; row < to; row++)
    store<f64>(out + ((<usize>(row - from)) << 3), scoreOf<f32>(parts, count, region, row));
}

/**
 * Labels lie at the region's start, weights one chunk of rows behind. flags: 1 squared link, 2 weighted rows.
 * `out`: where the scores before each row's learning go, or 0.
 */
export function learn64(parts: usize, count: i32, region: usize, chunk: i32, from: i32, to: i32, flags: i32, out: usize): void {
  for (let row = from; row < to; row++)
    learnRow<f64>(parts, count, region, chunk, row, row - from, flags, out === 0 ? 0 : out + ((<usize>(row - from)) << 3));
}

export function learn32(parts: usize, count: i32, region: usize, chunk: i32, from: i32, to: i32, flags: i32, out: usize): void {
  for (let row = from; row < to; row++)
    learnRow<f32>(parts, count, region, chunk, row, row - from, flags, out === 0 ? 0 : out + ((<usize>(row - from)) << 3));
}
