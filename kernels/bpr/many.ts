/** An event with any number of negatives: a row that comes more than once moves once, by the sum of its gradients. */
import { sigmoid } from "../math/logistic";
import { diverged, Model, scoreOf, vectorAt } from "./model";
import { dot } from "./numbers";
import { moved, moveWeight, unsound } from "./update";

/** Moves the vector of one item by pull x the user's, and adds pull x it, as it was, to the user's gradient. */
// @ts-expect-error: decorator
@inline
function moveItem(isAdagrad: bool, model: Model, row: i32, user: usize, bytes: usize, pull: f32): v128 {
  const rule = model.vectorRule;
  const rate = f32x4.splat(rule.rate);
  const l2 = f32x4.splat(rule.l2);
  const inside = f32x4.splat(rule.inside);
  const outside = f32x4.splat(rule.outside);
  const pulls = f32x4.splat(pull);
  const vector = vectorAt(model.items, row);
  let bad = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const before = v128.load(vector + at);
    const gradient = model.userGradient + at;
    v128.store(gradient, f32x4.add(v128.load(gradient), f32x4.mul(pulls, before)));
    const ofItem = f32x4.mul(pulls, v128.load(user + at));
    const after = moved(isAdagrad, before, ofItem, vector + at + bytes, rate, l2, inside, outside);
    v128.store(vector + at, after);
    bad = v128.or(bad, unsound(after));
  }
  return bad;
}

/** Moves the user's vector by its gradient, which is then 0 again. */
// @ts-expect-error: decorator
@inline
function moveUser(isAdagrad: bool, model: Model, user: usize, bytes: usize): v128 {
  const rule = model.vectorRule;
  const rate = f32x4.splat(rule.rate);
  const l2 = f32x4.splat(rule.l2);
  const inside = f32x4.splat(rule.inside);
  const outside = f32x4.splat(rule.outside);
  let bad = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const gradient = v128.load(model.userGradient + at);
    const after = moved(isAdagrad, v128.load(user + at), gradient, user + at + bytes, rate, l2, inside, outside);
    v128.store(user + at, after);
    bad = v128.or(bad, unsound(after));
    v128.store(model.userGradient + at, f32x4.splat(0));
  }
  return bad;
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

/** Learns from the rows of an event of `count` items. Every gradient is taken at the weights before it. */
export function learnMany(model: Model, userRow: i32, count: usize, weight: f64, event: i32): void {
  const bytes = (<usize>model.width) << 2;
  const user = vectorAt(model.users, userRow);
  for (let at: usize = 0; at < count; at++)
    store<f32>(model.scores + (at << 2), scoreOf(model, load<i32>(model.rows + (at << 2)), user, bytes));
  pullsOf(model, count, weight);
  const isAdagrad = model.vectorRule.isAdagrad !== 0;
  const norm = <f64>dot(user, user, bytes);
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
    const squares = <f64>pull * <f64>pull * norm;
    store<f64>(model.items.squares, load<f64>(model.items.squares) + squares);
    const bad = isAdagrad
      ? moveItem(true, model, row, user, bytes, pull)
      : moveItem(false, model, row, user, bytes, pull);
    if (v128.any_true(bad)) diverged(1, row, sqrt<f64>(squares), event);
    moveWeight(model, row, pull, event);
  }
  const squares = <f64>dot(model.userGradient, model.userGradient, bytes);
  store<f64>(model.users.squares, load<f64>(model.users.squares) + squares);
  const bad = isAdagrad ? moveUser(true, model, user, bytes) : moveUser(false, model, user, bytes);
  if (v128.any_true(bad)) diverged(0, userRow, sqrt<f64>(squares), event);
}
