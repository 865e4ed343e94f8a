/** The common case, one negative of another row: the three vectors are read twice and written once. */
import { sigmoid, sigmoids } from "../math/logistic";
import { diverged, Model, vectorAt, weightAt } from "./model";
import { sum } from "./numbers";
import { moved, moveWeight, unsound } from "./update";

/** Learns from the rows of an event of two items. Every gradient is taken at the weights before it. */
export function learnPair(model: Model, user: i32, taken: i32, other: i32, weight: f64, event: i32): void {
  learnBy(model, user, taken, other, <f32>(weight * sigmoid(-distance(model, user, taken, other))), event);
}

/** Two such events that share no row: what is learned of both at once is what is learned of one after the other. */
export function learnTwoPairs(
  model: Model,
  user: i32,
  taken: i32,
  other: i32,
  nextUser: i32,
  nextTaken: i32,
  nextOther: i32,
  weight: f64,
  nextWeight: f64,
  event: i32,
): void {
  const first = f64x2.splat(-distance(model, user, taken, other));
  const distances = f64x2.replace_lane(first, 1, -distance(model, nextUser, nextTaken, nextOther));
  const both = sigmoids(distances);
  learnBy(model, user, taken, other, <f32>(weight * f64x2.extract_lane(both, 0)), event);
  const nextPull = <f32>(nextWeight * f64x2.extract_lane(both, 1));
  learnBy(model, nextUser, nextTaken, nextOther, nextPull, event + 1);
}

// @ts-expect-error: decorator
@inline
function learnBy(model: Model, userRow: i32, takenRow: i32, otherRow: i32, pull: f32, event: i32): void {
  const bytes = (<usize>model.width) << 2;
  const user = vectorAt(model.users, userRow);
  const taken = vectorAt(model.items, takenRow);
  const other = vectorAt(model.items, otherRow);
  const userSquares = load<f64>(model.users.squares);
  const itemSquares = load<f64>(model.items.squares);
  let isSound: bool;
  if (model.vectorRule.isAdagrad !== 0) isSound = move(true, model, user, taken, other, bytes, pull);
  else isSound = move(false, model, user, taken, other, bytes, pull);
  if (!isSound) {
    const ofUser = sqrt<f64>(load<f64>(model.users.squares) - userSquares);
    const ofItem = sqrt<f64>((load<f64>(model.items.squares) - itemSquares) / 2);
    whoDiverged(model, userRow, takenRow, otherRow, ofUser, ofItem, event);
  }
  moveWeight(model, takenRow, -pull, event);
  moveWeight(model, otherRow, pull, event);
}

/** The score of the item taken less that of the other. */
// @ts-expect-error: decorator
@inline
function distance(model: Model, userRow: i32, takenRow: i32, otherRow: i32): f64 {
  const bytes = (<usize>model.width) << 2;
  const user = vectorAt(model.users, userRow);
  const taken = vectorAt(model.items, takenRow);
  const other = vectorAt(model.items, otherRow);
  let even = f32x4.splat(0);
  let odd = even;
  let at: usize = 0;
  for (; at + 16 < bytes; at += 32) {
    even = f32x4.add(even, productsAt(user, taken, other, at));
    odd = f32x4.add(odd, productsAt(user, taken, other, at + 16));
  }
  if (at < bytes) even = f32x4.add(even, productsAt(user, taken, other, at));
  const apart = <f64>sum(f32x4.add(even, odd));
  if (model.weights === 0) return apart;
  const own = load<f32>(weightAt(model, takenRow));
  return apart + <f64>(own - load<f32>(weightAt(model, otherRow)));
}

// @ts-expect-error: decorator
@inline
function productsAt(user: usize, taken: usize, other: usize, at: usize): v128 {
  return f32x4.mul(v128.load(user + at), f32x4.sub(v128.load(taken + at), v128.load(other + at)));
}

/** Moves the three vectors. Whether all their numbers are finite for certain: a sum of large ones may be infinite by itself. */
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
): bool {
  const rule = model.vectorRule;
  const rate = f32x4.splat(rule.rate);
  const l2 = f32x4.splat(rule.l2);
  const inside = f32x4.splat(rule.inside);
  const outside = f32x4.splat(rule.outside);
  const keep = f32x4.sub(f32x4.splat(1), f32x4.mul(rate, l2));
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
    let nextUser = u;
    let nextTaken = i;
    let nextOther = j;
    if (isAdagrad) {
      nextUser = moved(true, u, ofUser, user + at + bytes, rate, l2, inside, outside);
      nextTaken = moved(true, i, f32x4.neg(ofItem), taken + at + bytes, rate, l2, inside, outside);
      nextOther = moved(true, j, ofItem, other + at + bytes, rate, l2, inside, outside);
    } else {
      const step = f32x4.mul(rate, ofItem);
      nextUser = f32x4.sub(f32x4.mul(keep, u), f32x4.mul(rate, ofUser));
      nextTaken = f32x4.add(f32x4.mul(keep, i), step);
      nextOther = f32x4.sub(f32x4.mul(keep, j), step);
    }
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
  return !v128.any_true(unsound(sums));
}

/** Throws where a vector is not finite. `ofUser`, `ofItem`: norms of gradients. */
function whoDiverged(
  model: Model,
  user: i32,
  taken: i32,
  other: i32,
  ofUser: f64,
  ofItem: f64,
  event: i32,
): void {
  const bytes = (<usize>model.width) << 2;
  if (!isSound(vectorAt(model.items, taken), bytes)) diverged(1, taken, ofItem, event);
  if (!isSound(vectorAt(model.items, other), bytes)) diverged(1, other, ofItem, event);
  if (!isSound(vectorAt(model.users, user), bytes)) diverged(0, user, ofUser, event);
}

function isSound(vector: usize, bytes: usize): bool {
  for (let k: usize = 0; k < bytes; k += 4) if (!isFinite<f32>(load<f32>(vector + k))) return false;
  return true;
}
