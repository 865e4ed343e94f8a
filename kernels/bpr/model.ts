/** What kernels/bpr.ts learns, as src/model/kernels/bpr-memory.ts lays it out: fields of 32 bits, addresses and numbers. */
import { dot } from "./numbers";

/** A weight is no longer finite: throws. part: 0 users, 1 items, 2 weights of items. */
@external("env", "diverged")
export declare function diverged(part: i32, row: i32, norm: f64, event: i32): void;

/** One of the two sides: its vectors, a row every `stride` bytes, and which row of them a code stands for. */
@unmanaged
export class Side {
  vectors: usize;
  stride: usize;
  rowOfNewId: usize;
  unknownRow: i32;
  counts: usize;
  squares: usize;
}

/** One rule of updating; an Adagrad, whose n lie right behind their weights, divides by sqrt(n + inside) + outside. */
@unmanaged
export class Rule {
  isAdagrad: i32;
  rate: f32;
  l2: f32;
  inside: f32;
  outside: f32;
}

@unmanaged
export class Model {
  width: i32;
  users: Side;
  items: Side;
  vectorRule: Rule;
  /** 0: the model has no weights of items. */
  weights: usize;
  weightStride: usize;
  weightSquares: usize;
  weightRule: Rule;
  /** Of one event: the gradient of the user's vector, and per item its row, score and share of the gradient. */
  userGradient: usize;
  rows: usize;
  scores: usize;
}

// @ts-expect-error: decorator
@inline
export function rowOf(side: Side, code: i32): i32 {
  return code >= 0 ? code : load<i32>(side.rowOfNewId + ((<usize>(-1 - code)) << 2));
}

/** Where a row of a side's vectors begins. */
// @ts-expect-error: decorator
@inline
export function vectorAt(side: Side, row: i32): usize {
  return side.vectors + <usize>row * side.stride;
}

/** Where the weight of an item lies. */
// @ts-expect-error: decorator
@inline
export function weightAt(model: Model, row: i32): usize {
  return model.weights + <usize>row * model.weightStride;
}

/** The score of the item in a row for a user's vector. */
export function scoreOf(model: Model, row: i32, user: usize, bytes: usize): f32 {
  const score = dot(user, vectorAt(model.items, row), bytes);
  return model.weights === 0 ? score : score + load<f32>(weightAt(model, row));
}
