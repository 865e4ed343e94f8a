/**
 * Matrix factorisation by BPR (Rendle et al. 2009) in float32, four numbers at a time: one row of a user, rows of the
 * item taken and of its negatives, and a weight of each item where the model has one. The same steps as the plain
 * terms take, rounded to float32 at each of them. See src/model/kernels/bpr-kernel.ts for who calls it, and
 * src/model/kernels/bpr-memory.ts for what lies where.
 */
import { learnMany } from "./bpr/many";
import { Model, rowOf, scoreOf, Side, vectorAt } from "./bpr/model";
import { BLOCK, bringNear } from "./bpr/near";
import { learnPair, learnTwoPairs } from "./bpr/pair";

/** A new id is about to be learned: gives it a row, and the row its start. side: 0 user, 1 item. */
@external("env", "append")
declare function append(side: i32, id: i32): void;

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

/** Scores of `count` rows by their codes, as doubles. */
export function score(model: Model, users: usize, items: usize, count: i32, out: usize): void {
  const bytes = (<usize>model.width) << 2;
  for (let at: usize = 0; at < <usize>count; at++) {
    const user = vectorAt(model.users, rowOf(model.users, load<i32>(users + (at << 2))));
    const item = rowOf(model.items, load<i32>(items + (at << 2)));
    store<f64>(out + (at << 3), <f64>scoreOf(model, item, user, bytes));
  }
}

/** One event: the item taken, then its negatives. New ids get their rows, and rows their counts, before any score. */
function learnEvent(model: Model, userCode: i32, items: usize, count: usize, weight: f64, event: i32): void {
  const user = touch(model.users, 0, userCode);
  for (let at: usize = 0; at < count; at++)
    store<i32>(model.rows + (at << 2), touch(model.items, 1, load<i32>(items + (at << 2))));
  const taken = load<i32>(model.rows);
  const other = load<i32>(model.rows, 4);
  if (count === 2 && taken !== other) learnPair(model, user, taken, other, weight, event);
  else learnMany(model, user, count, weight, event);
}

/** Where the event that begins at `first` ends. */
// @ts-expect-error: decorator
@inline
function endOf(events: usize, first: usize, end: usize): usize {
  const number = load<i32>(events + (first << 2));
  let next = first + 1;
  while (next < end && load<i32>(events + (next << 2)) === number) next++;
  return next;
}

/** Whether the events of rows [first, first + 2) and [first + 2, first + 4) know all their ids and share none. */
// @ts-expect-error: decorator
@inline
function areApart(users: usize, items: usize, first: usize): bool {
  const user = load<i32>(users + (first << 2));
  const nextUser = load<i32>(users + (first << 2), 8);
  const four = v128.load(items + (first << 2));
  const a = i32x4.extract_lane(four, 0);
  const b = i32x4.extract_lane(four, 1);
  const c = i32x4.extract_lane(four, 2);
  const d = i32x4.extract_lane(four, 3);
  // A code below 0 has its highest bit set, and so has the union then.
  const isKnown = (user | nextUser | a | b | c | d) >= 0;
  return isKnown && user !== nextUser && a !== b && c !== d && a !== c && a !== d && b !== c && b !== d;
}

/** Two events of one negative each, which are apart. */
function learnTwo(model: Model, users: usize, items: usize, weight: f64, nextWeight: f64, event: i32): void {
  const user = touch(model.users, 0, load<i32>(users));
  const taken = touch(model.items, 1, load<i32>(items));
  const other = touch(model.items, 1, load<i32>(items, 4));
  const nextUser = touch(model.users, 0, load<i32>(users, 8));
  const nextTaken = touch(model.items, 1, load<i32>(items, 8));
  const nextOther = touch(model.items, 1, load<i32>(items, 12));
  learnTwoPairs(model, user, taken, other, nextUser, nextTaken, nextOther, weight, nextWeight, event);
}

/** Learns the events that `count` rows make up. `weights` of the rows, as doubles; 0: none. Returns the events learned. */
export function learn(model: Model, users: usize, items: usize, events: usize, weights: usize, count: i32): i32 {
  let learned = 0;
  const end = <usize>count;
  let near: usize = 0;
  for (let first: usize = 0; first < end; ) {
    if (first >= near) {
      near = min<usize>(first + BLOCK, end);
      bringNear(model, users, items, first, near);
    }
    const next = endOf(events, first, end);
    const size = next - first;
    const at = first << 2;
    if (size === 2 && next + 2 <= near && endOf(events, next, end) === next + 2 && areApart(users, items, first)) {
      learnTwo(model, users + at, items + at, weightOf(weights, first), weightOf(weights, next), learned);
      learned += 2;
      first = next + 2;
      continue;
    }
    // Without a negative there is nothing to rank it before.
    if (size > 1) {
      learnEvent(model, load<i32>(users + at), items + at, size, weightOf(weights, first), learned);
      learned += 1;
    }
    first = next;
  }
  return learned;
}

// @ts-expect-error: decorator
@inline
function weightOf(weights: usize, row: usize): f64 {
  return weights === 0 ? 1 : load<f64>(weights + (row << 3));
}
