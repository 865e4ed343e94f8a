/**
 * What src/model/kernels/sparse-records.ts writes into the memory before a kernel runs: field by field in this order,
 * integers first. A model's weights are numbered by place: the bias, each feature of a linear term, each vector.
 */

/** Events of one block: their rows are found first, then they are scored and learned one by one. */
export const BLOCK: i32 = 16;
/** Bytes from one place's addresses in a block to the next one's, and of their factors. */
export const ROWS: usize = 64;
export const FACTORS: usize = 128;

@unmanaged
export class Model {
  groups: usize;
  groupCount: i32;
  /** Places whose row or factor depends on the event. */
  parts: usize;
  partCount: i32;
  /** Of these the first whose feature has new ids. */
  growing: i32;
  features: usize;
  featureCount: i32;
  /** [places, BLOCK] addresses of the rows, uint32. */
  rows: usize;
  /** [places, BLOCK] float64: what each row is multiplied by. */
  factors: usize;
  places: i32;
  isSquared: i32;
  /** Rows of a region. */
  chunk: i32;
  nearer: i32;
}

@unmanaged
export class Part {
  isCode: i32;
  place: i32;
  /** Of its column in a region. */
  column: i32;
  /** Of its table, and bytes from row to row. */
  base: usize;
  stride: i32;
  /** By new id: its row; 0 where there are none. */
  rowOfNewId: usize;
}

/** A feature whose ids are counted, or new. */
@unmanaged
export class Feature {
  index: i32;
  column: i32;
  rowOfNewId: usize;
  unknownRow: i32;
  /** float64 by row; 0: not counted. */
  counts: usize;
}

export const WEIGHTS: i32 = 0;
export const FACTORISATION: i32 = 1;
export const DOT: i32 = 2;

export const SGD: i32 = 1;
export const ADAGRAD: i32 = 2;
export const FTRL: i32 = 3;

/** One term: its places, and how they learn. */
@unmanaged
export class Group {
  kind: i32;
  optimizer: i32;
  /** Its places: of weights a multiple of two, of four in float32, the last ones blanks whose factor is 0. */
  first: i32;
  end: i32;
  width: i32;
  /** Bytes from a weight to its slot. */
  slot: usize;
  /** It asks for no more than bare.ts has. */
  isBare: i32;
  /** The rate is rate / sqrt(step). */
  isDecaying: i32;
  /** The rate depends on the number of updates. */
  isPaced: i32;
  /** The first place is a bias; the others are summed up to `summed`. */
  hasBias: i32;
  summed: i32;
  /** Some row is multiplied by a number of the event; those of ids are not. */
  hasNumbers: i32;
  /** float64 by place: the sum of squares of its gradients. */
  squares: usize;
  /** Of vectors: [width] float64, the sums of a factorisation; [2, width + 1], gradients. */
  sums: usize;
  gradients: usize;
  /** [6, 4] float32: see quads.ts. */
  fours: usize;
  rate: f64;
  l2: f64;
  l1: f64;
  /** Infinity: never. */
  clipNorm: f64;
  warmUpSteps: f64;
  /** SGD. */
  rateFloor: f64;
  /** Adagrad: inside the root, outside, and the largest divisor. */
  inside: f64;
  outside: f64;
  most: f64;
  /** FTRL. */
  beta: f64;
  /** Updates so far. */
  steps: f64;
  /** Of the gradient of the row learned last. */
  norm: f64;
}
