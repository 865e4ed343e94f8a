/** The common case, one negative of another row: the three vectors are read twice and written once. */
import { sigmoid } from "../math/logistic";
import { diverged, Model, vectorAt, weightAt } from "./model";
import { sum } from "./numbers";
import { moved, moveWeight, unsound } from "./update";

/** Learns from the rows of an event of two items. Every gradient is taken at the weights before it. */
export function learnPair(model: Model, userRow: i32, weight: f64, event: i32): void {
  const bytes = (<usize>model.width) << 2;
  const takenRow = load<i32>(model.rows);
  const otherRow = load<i32>(model.rows, 4);
  const user = vectorAt(model.users, userRow);
  const taken = vectorAt(model.items, takenRow);
  const other = vectorAt(model.items, otherRow);
  const pull = <f32>(weight * sigmoid(-distance(model, user, taken, other, bytes)));
  const userSquares = load<f64>(model.users.squares);
  const itemSquares = load<f64>(model.items.squares);
  if (model.vectorRule.isAdagrad !== 0) move(true, model, user, taken, other, bytes, pull);
  else move(false, model, user, taken, other, bytes, pull);
  if (load<i32>(model.scores) !== 0) {
    const ofUser = sqrt<f64>(load<f64>(model.users.squares) - userSquares);
    const ofItem = sqrt<f64>((load<f64>(model.items.squares) - itemSquares) / 2);
    whoDiverged(model, userRow, bytes, ofUser, ofItem, event);
  }
  moveWeight(model, takenRow, -pull, event);
  moveWeight(model, otherRow, pull, event);
}

/** The score of the item taken less that of the other. */
// @ts-expect-error: decorator
@inline
function distance(model: Model, user: usize, taken: usize, other: usize, bytes: usize): f64 {
  let products = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const between = f32x4.sub(v128.load(taken + at), v128.load(other + at));
    products = f32x4.add(products, f32x4.mul(v128.load(user + at), between));
  }
  const apart = <f64>sum(products);
  if (model.weights === 0) return apart;
  const own = load<f32>(weightAt(model, load<i32>(model.rows)));
  return apart + <f64>(own - load<f32>(weightAt(model, load<i32>(model.rows, 4))));
}

/** Moves the three vectors, and says in the first of the scores whether a number of them may be no longer finite. */
// @ts-expect-error: decorator
@inline
function move(
  isAdagrad: bool,
  model: Model,
  user: usize,
  taken: usize,
  other: usize,
  bytes: usize,
  pull: f32,
): void {
  const rule = model.vectorRule;
  const rate = f32x4.splat(rule.rate);
  const l2 = f32x4.splat(rule.l2);
  const inside = f32x4.splat(rule.inside);
  const outside = f32x4.splat(rule.outside);
  const pulls = f32x4.splat(pull);
  let sums = f32x4.splat(0);
  let userSquares = sums;
  let itemSquares = sums;
  for (let at: usize = 0; at < bytes; at += 16) {
    const u = v128.load(user + at);
    const i = v128.load(taken + at);
    const j = v128.load(other + at);
    const ofItem = f32x4.mul(pulls, u);
    const ofUser = f32x4.mul(pulls, f32x4.sub(j, i));
    itemSquares = f32x4.add(itemSquares, f32x4.mul(ofItem, ofItem));
    userSquares = f32x4.add(userSquares, f32x4.mul(ofUser, ofUser));
    const nextUser = moved(isAdagrad, u, ofUser, user + at + bytes, rate, l2, inside, outside);
    const nextTaken = moved(isAdagrad, i, f32x4.neg(ofItem), taken + at + bytes, rate, l2, inside, outside);
    const nextOther = moved(isAdagrad, j, ofItem, other + at + bytes, rate, l2, inside, outside);
    v128.store(user + at, nextUser);
    v128.store(taken + at, nextTaken);
    v128.store(other + at, nextOther);
    sums = f32x4.add(sums, f32x4.add(nextUser, f32x4.add(nextTaken, nextOther)));
  }
  const users = model.users.squares;
  const items = model.items.squares;
  store<f64>(users, load<f64>(users) + <f64>sum(userSquares));
  store<f64>(items, load<f64>(items) + 2 * <f64>sum(itemSquares));
  // A sum of numbers of which one is infinite or NaN is so too.
  store<i32>(model.scores, v128.any_true(unsound(sums)) ? 1 : 0);
}

/** Throws where a vector is not finite; a sum of large ones may be infinite by itself. `ofUser`, `ofItem`: norms of gradients. */
function whoDiverged(
  model: Model,
  userRow: i32,
  bytes: usize,
  ofUser: f64,
  ofItem: f64,
  event: i32,
): void {
  for (let at: usize = 0; at < 8; at += 4) {
    const row = load<i32>(model.rows + at);
    if (!isSound(vectorAt(model.items, row), bytes)) diverged(1, row, ofItem, event);
  }
  if (!isSound(vectorAt(model.users, userRow), bytes)) diverged(0, userRow, ofUser, event);
}

function isSound(vector: usize, bytes: usize): bool {
  for (let k: usize = 0; k < bytes; k += 4) if (!isFinite<f32>(load<f32>(vector + k))) return false;
  return true;
}
