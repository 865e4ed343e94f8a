/**
 * Matrix factorisation by BPR (Rendle et al. 2009) in float32, four numbers at a time: one row of a user, rows of the
 * item taken and of its negatives, and a weight of each item where the model has one. The same steps as the plain
 * terms take, rounded to float32 at each of them. See src/model/kernels/bpr-kernel.ts for who calls it, and
 * src/model/kernels/bpr-memory.ts for what lies where.
 */
import { learnMany } from "./bpr/many";
import { Model, rowOf, scoreOf, Side, vectorAt } from "./bpr/model";
import { BLOCK, bringNear } from "./bpr/near";
import { learnPair } from "./bpr/pair";

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
  const userRow = touch(model.users, 0, userCode);
  for (let at: usize = 0; at < count; at++)
    store<i32>(model.rows + (at << 2), touch(model.items, 1, load<i32>(items + (at << 2))));
  if (count === 2 && load<i32>(model.rows) !== load<i32>(model.rows, 4)) learnPair(model, userRow, weight, event);
  else learnMany(model, userRow, count, weight, event);
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
