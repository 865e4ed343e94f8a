/** Waiting for memory for many rows at once, instead of for one after the other. */
import { Model, rowOf, vectorAt, weightAt } from "./model";

/** Rows whose vectors are asked for together, before the first of them is learned from: the waits for memory overlap. */
export const BLOCK: usize = 32;

/** Reads a number of every line of the cache that a vector and its accumulators lie in. */
// @ts-expect-error: decorator
@inline
function lineOf(vector: usize, bytes: usize): i32 {
  let lines = 0;
  for (let at: usize = 0; at < bytes; at += 64) lines ^= load<i32>(vector + at);
  return lines;
}

/** Brings the vectors of rows [from, to) near. What was read is stored, or nothing would be. */
export function bringNear(model: Model, users: usize, items: usize, from: usize, to: usize): void {
  let lines = 0;
  for (let at = from; at < to; at++) {
    const user = vectorAt(model.users, rowOf(model.users, load<i32>(users + (at << 2))));
    const row = rowOf(model.items, load<i32>(items + (at << 2)));
    lines ^= lineOf(user, model.users.stride);
    lines ^= lineOf(vectorAt(model.items, row), model.items.stride);
    if (model.weights !== 0) lines ^= load<i32>(weightAt(model, row));
  }
  store<i32>(model.scores, lines);
}
