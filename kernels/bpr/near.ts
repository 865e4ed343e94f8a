/** Waiting for memory for many rows at once, instead of for one after the other. */
import { Model, rowOf, vectorAt, weightAt } from "./model";

/** Rows whose vectors are asked for together, before the first of them is learned from: the waits for memory overlap. */
export const BLOCK: usize = 32;

/** Reads a number of every line of the cache that a vector and its accumulators lie in. */
// @ts-expect-error: decorator
@inline
function lineOf(vector: usize, bytes: usize): i32 {
  let lines = load<i32>(vector);
  for (let at: usize = 64; at < bytes; at += 64) lines ^= load<i32>(vector + at);
  return lines;
}

/** Brings the vectors of rows [from, to) near. What was read is stored, or nothing would be. */
export function bringNear(model: Model, users: usize, items: usize, from: usize, to: usize): void {
  const userBytes = model.users.stride;
  const itemBytes = model.items.stride;
  let lines = 0;
  for (let at = from << 2; at < to << 2; at += 4) {
    const code = load<i32>(users + at);
    // An event's negatives are of its user.
    if (at === from << 2 || code !== load<i32>(users + at - 4))
      lines ^= lineOf(vectorAt(model.users, rowOf(model.users, code)), userBytes);
    lines ^= lineOf(vectorAt(model.items, rowOf(model.items, load<i32>(items + at))), itemBytes);
  }
  if (model.weights !== 0) {
    for (let at = from << 2; at < to << 2; at += 4)
      lines ^= load<i32>(weightAt(model, rowOf(model.items, load<i32>(items + at))));
  }
  store<i32>(model.scores, lines);
}
