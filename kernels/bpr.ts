/**
 * Matrix factorisation by BPR (Rendle et al. 2009) in float32, four numbers at a time: one row of a user, rows of the
 * item taken and of its negatives, and a weight of each item where the model has one. The same steps as the plain
 * terms take, rounded to float32 at each of them. See src/model/kernels/bpr-kernel.ts for who calls it, and
 * src/model/kernels/bpr-memory.ts for what lies where.
 */

/** A new id is about to be learned: gives it a row, and the row its start. side: 0 user, 1 item. */
@external("env", "append")
declare function append(side: i32, id: i32): void;

/** A weight is no longer finite: throws. part: 0 users, 1 items, 2 weights of items. */
@external("env", "diverged")
declare function diverged(part: i32, row: i32, norm: f64, event: i32): void;

/** One of the two sides: its vectors and which row of them a code stands for. */
@unmanaged
class Side {
  vectors: usize;
  accumulators: usize;
  rowOfNewId: usize;
  unknownRow: i32;
  counts: usize;
  squares: usize;
}

/** One rule of updating; an Adagrad divides by sqrt(n + inside) + outside. */
@unmanaged
class Rule {
  isAdagrad: i32;
  rate: f32;
  l2: f32;
  inside: f32;
  outside: f32;
}

@unmanaged
class Model {
  width: i32;
  users: Side;
  items: Side;
  vectorRule: Rule;
  /** 0: the model has no weights of items. */
  weights: usize;
  weightAccumulators: usize;
  weightSquares: usize;
  weightRule: Rule;
  /** Of one event: the gradient of the user's vector, and per item its row, score and share of the gradient. */
  userGradient: usize;
  rows: usize;
  scores: usize;
}

// @ts-expect-error: decorator
@inline
function rowOf(side: Side, code: i32): i32 {
  return code >= 0 ? code : load<i32>(side.rowOfNewId + ((<usize>(-1 - code)) << 2));
}

/** A new id gets its row, and the row its count, before any score. */
function touch(side: Side, number: i32, code: i32): i32 {
  if (code < 0 && rowOf(side, code) === side.unknownRow) append(number, -1 - code);
  const row = rowOf(side, code);
  if (side.counts !== 0) {
    const at = side.counts + ((<usize>row) << 3);
    store<f64>(at, load<f64>(at) + 1);
  }
  return row;
}

/** 1 / (1 + e^-x): e^-x as 2^k e^r, |r| <= ln 2 / 2, e^r by its series up to r^9, whose rest is below 1e-11. */
function sigmoid(x: f64): f64 {
  const y = min<f64>(max<f64>(-x, -80), 80);
  const k = nearest<f64>(y * 1.4426950408889634);
  const r = y - k * 0.6931471805599453;
  let p: f64 = 1.0 / 40320.0 + r * (1.0 / 362880.0);
  p = 1.0 / 720.0 + r * (1.0 / 5040.0 + r * p);
  p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p);
  p = 0.5 + r * (1.0 / 6.0 + r * p);
  p = 1.0 + r * (1.0 + r * p);
  return 1 / (1 + p * reinterpret<f64>((<i64>k + 1023) << 52));
}

// @ts-expect-error: decorator
@inline
function sum(v: v128): f32 {
  const halves = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

function dot(left: usize, right: usize, bytes: usize): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  let at: usize = 0;
  for (; at + 16 < bytes; at += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(left + at), v128.load(right + at)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(left + at, 16), v128.load(right + at, 16)));
  }
  if (at < bytes) even = f32x4.add(even, f32x4.mul(v128.load(left + at), v128.load(right + at)));
  return sum(f32x4.add(even, odd));
}

/** Where a row of a side's vectors begins. */
// @ts-expect-error: decorator
@inline
function vectorAt(side: Side, row: i32, bytes: usize): usize {
  return side.vectors + <usize>row * bytes;
}

/** Four weights after their update; the gradient is without l2. */
// @ts-expect-error: decorator
@inline
function moved(rule: Rule, weights: v128, gradient: v128, accumulator: usize): v128 {
  const g = f32x4.add(gradient, f32x4.mul(f32x4.splat(rule.l2), weights));
  const step = f32x4.mul(f32x4.splat(rule.rate), g);
  if (rule.isAdagrad === 0) return f32x4.sub(weights, step);
  const n = f32x4.add(v128.load(accumulator), f32x4.mul(g, g));
  v128.store(accumulator, n);
  const divisor = f32x4.add(f32x4.sqrt(f32x4.add(n, f32x4.splat(rule.inside))), f32x4.splat(rule.outside));
  // A zero gradient moves nothing, where the divisor may be 0 too.
  const isZero = f32x4.eq(g, f32x4.splat(0));
  return f32x4.sub(weights, v128.andnot(f32x4.div(step, divisor), isZero));
}

/** All ones where a number is infinite or NaN. */
// @ts-expect-error: decorator
@inline
function unsound(v: v128): v128 {
  return f32x4.ne(f32x4.sub(v, v), f32x4.splat(0));
}

/** Moves the vector of one item by pull x the user's, and adds pull x it, as it was, to the user's gradient. */
function moveItem(model: Model, row: i32, user: usize, bytes: usize, pull: f32, event: i32): void {
  const side = model.items;
  const vector = vectorAt(side, row, bytes);
  const accumulator = side.accumulators + <usize>row * bytes;
  const pulls = f32x4.splat(pull);
  let bad = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const before = v128.load(vector + at);
    const gradient = model.userGradient + at;
    v128.store(gradient, f32x4.add(v128.load(gradient), f32x4.mul(pulls, before)));
    const after = moved(model.vectorRule, before, f32x4.mul(pulls, v128.load(user + at)), accumulator + at);
    v128.store(vector + at, after);
    bad = v128.or(bad, unsound(after));
  }
  if (v128.any_true(bad)) diverged(1, row, <f64>abs<f32>(pull) * sqrt<f64>(<f64>dot(user, user, bytes)), event);
}

function moveWeight(model: Model, row: i32, pull: f32, event: i32): void {
  store<f64>(model.weightSquares, load<f64>(model.weightSquares) + <f64>pull * <f64>pull);
  const at = model.weights + ((<usize>row) << 2);
  const rule = model.weightRule;
  const weight = load<f32>(at);
  const g: f32 = pull + rule.l2 * weight;
  if (rule.isAdagrad === 0) {
    store<f32>(at, weight - rule.rate * g);
  } else if (g !== 0) {
    const accumulator = model.weightAccumulators + ((<usize>row) << 2);
    const n: f32 = load<f32>(accumulator) + g * g;
    store<f32>(accumulator, n);
    store<f32>(at, weight - (rule.rate * g) / (sqrt<f32>(n + rule.inside) + rule.outside));
  }
  if (!isFinite<f32>(load<f32>(at))) diverged(2, row, <f64>abs<f32>(pull), event);
}

/** Moves the user's vector. Returns the squared norm of its gradient. */
function moveUser(model: Model, row: i32, bytes: usize, event: i32): f32 {
  const side = model.users;
  const vector = vectorAt(side, row, bytes);
  const accumulator = side.accumulators + <usize>row * bytes;
  let squares = f32x4.splat(0);
  let bad = squares;
  for (let at: usize = 0; at < bytes; at += 16) {
    const gradient = v128.load(model.userGradient + at);
    squares = f32x4.add(squares, f32x4.mul(gradient, gradient));
    const after = moved(model.vectorRule, v128.load(vector + at), gradient, accumulator + at);
    v128.store(vector + at, after);
    bad = v128.or(bad, unsound(after));
    v128.store(model.userGradient + at, f32x4.splat(0));
  }
  if (v128.any_true(bad)) diverged(0, row, sqrt<f64>(<f64>sum(squares)), event);
  return sum(squares);
}

function itemScore(model: Model, row: i32, user: usize, bytes: usize): f32 {
  const score = dot(user, vectorAt(model.items, row, bytes), bytes);
  return model.weights === 0 ? score : score + load<f32>(model.weights + ((<usize>row) << 2));
}

/** Scores of `count` rows by their codes, as doubles. */
export function score(model: Model, users: usize, items: usize, count: i32, out: usize): void {
  const bytes = (<usize>model.width) << 2;
  for (let at: usize = 0; at < <usize>count; at++) {
    const user = vectorAt(model.users, rowOf(model.users, load<i32>(users + (at << 2))), bytes);
    const item = rowOf(model.items, load<i32>(items + (at << 2)));
    store<f64>(out + (at << 3), <f64>itemScore(model, item, user, bytes));
  }
}

/** The pulls of an event's items in place of their scores: its share of -ln sigma(score of the first - score). */
function pullsOf(model: Model, count: usize, weight: f64): void {
  const first = <f64>load<f32>(model.scores);
  const share = weight / <f64>(count - 1);
  let all: f64 = 0;
  for (let at: usize = 1; at < count; at++) {
    const score = model.scores + (at << 2);
    const pull = share * sigmoid(<f64>load<f32>(score) - first);
    store<f32>(score, <f32>pull);
    all -= pull;
  }
  store<f32>(model.scores, <f32>all);
}

/** One event: the item taken, then its negatives. Every gradient is taken at the weights before it. */
function learnEvent(model: Model, userCode: i32, items: usize, count: usize, weight: f64, event: i32): void {
  const bytes = (<usize>model.width) << 2;
  const userRow = touch(model.users, 0, userCode);
  for (let at: usize = 0; at < count; at++)
    store<i32>(model.rows + (at << 2), touch(model.items, 1, load<i32>(items + (at << 2))));
  const user = vectorAt(model.users, userRow, bytes);
  for (let at: usize = 0; at < count; at++)
    store<f32>(model.scores + (at << 2), itemScore(model, load<i32>(model.rows + (at << 2)), user, bytes));
  pullsOf(model, count, weight);
  const norm = <f64>dot(user, user, bytes);
  let squares: f64 = 0;
  for (let at: usize = 0; at < count; at++) {
    const row = load<i32>(model.rows + (at << 2));
    if (row < 0) continue;
    let pull = load<f32>(model.scores + (at << 2));
    // A row that comes again, drawn twice or of two items in one bucket, moves once by the sum.
    for (let later = at + 1; later < count; later++) {
      const other = model.rows + (later << 2);
      if (load<i32>(other) !== row) continue;
      pull += load<f32>(model.scores + (later << 2));
      store<i32>(other, -1);
    }
    squares += <f64>pull * <f64>pull * norm;
    moveItem(model, row, user, bytes, pull, event);
    if (model.weights !== 0) moveWeight(model, row, pull, event);
  }
  store<f64>(model.items.squares, load<f64>(model.items.squares) + squares);
  const userSquares = <f64>moveUser(model, userRow, bytes, event);
  store<f64>(model.users.squares, load<f64>(model.users.squares) + userSquares);
}

/** Learns the events that `count` rows make up. `weights` of the rows, as doubles; 0: none. Returns the events learned. */
export function learn(model: Model, users: usize, items: usize, events: usize, weights: usize, count: i32): i32 {
  let learned = 0;
  const end = <usize>count;
  for (let first: usize = 0; first < end; ) {
    const number = load<i32>(events + (first << 2));
    let next = first + 1;
    while (next < end && load<i32>(events + (next << 2)) === number) next++;
    // Without a negative there is nothing to rank it before.
    if (next - first > 1) {
      const weight: f64 = weights === 0 ? 1 : load<f64>(weights + (first << 3));
      const user = load<i32>(users + (first << 2));
      learnEvent(model, user, items + (first << 2), next - first, weight, learned);
      learned += 1;
    }
    first = next;
  }
  return learned;
}
