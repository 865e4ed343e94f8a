/**
 * What lies where, as src/model/kernels/deep-plan.ts writes it, field for field: 4 bytes each. Every address is one in
 * the kernel's memory, every length one in numbers unless its name says bytes.
 */

@unmanaged
export class Plan {
  inputs: usize;
  inputCount: i32;
  layers: usize;
  layerCount: i32;
  singles: usize;
  singleCount: i32;
  /** Vectors of a factorisation, records as the single weights have; `pairWidth` numbers each. */
  factors: usize;
  factorCount: i32;
  pairWidth: i32;
  tables: usize;
  tableCount: i32;
  /** Two of them: what each half of a batch works in. */
  halves: usize;
  /** The mini-batch in hand. Of each event [words]: table rows, then numbers; and for each table row who had it first. */
  events: usize;
  firsts: usize;
  eventBytes: usize;
  labels: usize;
  weights: usize;
  /** Of the batch's events before the update, f64. */
  scores: usize;
  squaredLink: i32;
  /** d loss / d inputs of each event, and behind them d loss / d score for each single weight of a table row. */
  deltas: usize;
  deltaBytes: usize;
  /** Columns of `deltas` that layers write: those up to the last input that is learned; a multiple of 4. */
  learnedInputs: i32;
  /** As many zeros as a layer is wide. */
  zeros: usize;
}

/** Numbers of an event that enter the first layer. */
@unmanaged
export class Input {
  /** 0: of a dense feature, as it is. */
  table: usize;
  eventAt: usize;
  inputAt: usize;
  width: i32;
}

@unmanaged
export class Layer {
  inputs: i32;
  /** Rounded up to a multiple of 4, as all that follow them. */
  units: i32;
  activation: i32;
  kernel: usize;
  bias: usize;
  /** Copies with padding, as `multiply` reads them: [inputs, units], [units, inputs], [units]. */
  packed: usize;
  transposed: usize;
  packedBias: usize;
}

/** One weight of the score, or one vector of a factorisation: its table's row is the event's (1), or 0 times 1 (0) or times the event's number (2). */
@unmanaged
export class Single {
  kind: i32;
  table: usize;
  eventAt: usize;
  /** Where it lies in `deltas`, of a table row. */
  deltaAt: usize;
}

/** What one half of a batch works in: [64 events] at a time. */
@unmanaged
export class Half {
  inputs: usize;
  inputBytes: usize;
  layers: usize;
  /** One row of gradients. */
  row: usize;
  /** Of a factorisation's vectors in one event: sums, and behind them sums of squares. */
  sums: usize;
  /** Room for a row of weights and its two slots, each of a multiple of 4 numbers. */
  spare: usize;
  /** The first table with a row that is not finite any more: 1 + its place; its row, and the square of its gradient's norm. */
  divergedTable: i32;
  divergedRow: i32;
  divergedOrder: i32;
  divergedSquares: f32;
}

@unmanaged
export class HalfLayer {
  outputs: usize;
  deltas: usize;
}

@unmanaged
export class Table {
  weights: usize;
  slot0: usize;
  slot1: usize;
  width: i32;
  rows: i32;
  /** Where its gradients are: 0 of events' rows, in `deltas`; 1 of each half, in `gradients0` and `gradients1`. */
  isDense: i32;
  eventAt: usize;
  deltaAt: usize;
  gradients0: usize;
  gradients1: usize;
  gradientBytes: usize;
  /** For each row a word that is not 0 where the half has a gradient for it. */
  touched0: usize;
  touched1: usize;
  /** Sums of squares of gradients, f64, one a half. */
  squares: usize;
  updatesAll: i32;
  rule: i32;
  rate: f32;
  l2: f32;
  l1: f32;
  clipNorm: f32;
  /**
   * By rule: epsilon inside of the root and outside, the most that the rate is divided by; momentum; epsilon, beta1,
   * beta2, what the root is divided by; FTRL's beta and its own l2, which joins no gradient.
   */
  a: f32;
  b: f32;
  c: f32;
  d: f32;
}

export const EVENTS: i32 = 64;

// @ts-expect-error: decorator
@inline
export function halfOf(plan: Plan, half: i32): Half {
  return changetype<Half>(plan.halves + <usize>half * offsetof<Half>());
}

// @ts-expect-error: decorator
@inline
export function layerOf(plan: Plan, index: i32): Layer {
  return changetype<Layer>(plan.layers + <usize>index * offsetof<Layer>());
}

// @ts-expect-error: decorator
@inline
export function halfLayerOf(half: Half, index: i32): HalfLayer {
  return changetype<HalfLayer>(half.layers + <usize>index * offsetof<HalfLayer>());
}

// @ts-expect-error: decorator
@inline
export function factorOf(plan: Plan, index: i32): Single {
  return changetype<Single>(plan.factors + <usize>index * offsetof<Single>());
}

/** A half's sums of a dense table's gradients, and which of its rows have one. */
// @ts-expect-error: decorator
@inline
export function gradientsOf(table: Table, half: i32): usize {
  return half === 0 ? table.gradients0 : table.gradients1;
}

// @ts-expect-error: decorator
@inline
export function touchedOf(table: Table, half: i32): usize {
  return half === 0 ? table.touched0 : table.touched1;
}

// @ts-expect-error: decorator
@inline
export function singleOf(plan: Plan, index: i32): Single {
  return changetype<Single>(plan.singles + <usize>index * offsetof<Single>());
}
