import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { FeatureRows } from "../feature-rows.js";
import type { Table } from "../table.js";
import { type Arena, alignedBytes } from "./arena.js";
import type { BprParts } from "./bpr-parts.js";
import { interleave, interleavedBytes } from "./interleave.js";

/** Rows that lie in the kernel's memory at once, of whole events. */
export const BPR_CHUNK_ROWS = 2048;
/** 32-bit fields of each class of kernels/bpr.ts. */
const SIDE_FIELDS = 6;
const RULE_FIELDS = 5;
const MODEL_FIELDS = 11;

/** The state's arrays and the columns of a chunk inside one wasm memory; the state goes on seeing its own there. */
export class BprMemory {
  readonly arena: Arena;
  /** Address of the model, as kernels/bpr.ts reads it. */
  readonly model: number;
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly events: Int32Array;
  readonly weights: Float64Array;
  readonly scores: Float64Array;

  constructor(arena: Arena, parts: BprParts) {
    this.arena = arena;
    this.users = arena.int32(BPR_CHUNK_ROWS);
    this.items = arena.int32(BPR_CHUNK_ROWS);
    this.events = arena.int32(BPR_CHUNK_ROWS);
    this.weights = arena.float64(BPR_CHUNK_ROWS);
    this.scores = arena.float64(BPR_CHUNK_ROWS);
    const { weights } = parts;
    const record = arena.int32(MODEL_FIELDS);
    record.set([
      parts.width,
      writeSide(arena, parts.users),
      writeSide(arena, parts.items),
      writeRule(arena, parts.vectorOptimizer),
      ...(weights === undefined ? [0, 0, 0] : addressesOf(arena, weights.table)),
      weights === undefined ? 0 : writeRule(arena, weights.optimizer),
      arena.int32(parts.width).byteOffset,
      arena.int32(parts.eventRows).byteOffset,
      arena.int32(parts.eventRows).byteOffset,
    ]);
    this.model = record.byteOffset;
  }
}

/** Of the weights, the bytes from row to row, and of the sum of squares of gradients, after they moved in. */
function addressesOf(arena: Arena, table: Table): [number, number, number] {
  interleave(arena, table);
  const squares = arena.float64(1);
  squares.set(table.gradientSquares);
  table.gradientSquares = squares;
  return [table.weights.byteOffset, 4 * table.stride, squares.byteOffset];
}

function writeSide(arena: Arena, { rows, table }: { rows: FeatureRows; table: Table }): number {
  const [vectors, stride, squares] = addressesOf(arena, table);
  const rowOfNewId = arena.int32(rows.rowOfNewId.length);
  rowOfNewId.set(rows.rowOfNewId);
  rows.rowOfNewId = rowOfNewId;
  const counts = arena.float64(rows.counts.length);
  counts.set(rows.counts);
  rows.counts = counts;
  const record = arena.int32(SIDE_FIELDS);
  const countsAt = counts.length === 0 ? 0 : counts.byteOffset;
  record.set([vectors, stride, rowOfNewId.byteOffset, rows.unknownRow, countsAt, squares]);
  return record.byteOffset;
}

function writeRule(arena: Arena, optimizer: OptimizerSpec): number {
  const record = arena.int32(RULE_FIELDS);
  const settings = new Float32Array(record.buffer, record.byteOffset + 4, RULE_FIELDS - 1);
  if (optimizer.kind === "sgd") settings.set([optimizer.rate, optimizer.l2]);
  if (optimizer.kind === "adagrad") {
    const { rate, l2, epsilon, epsilonPlacement } = optimizer;
    record[0] = 1;
    settings.set(epsilonPlacement === "inside" ? [rate, l2, epsilon, 0] : [rate, l2, 0, epsilon]);
  }
  return record.byteOffset;
}

/** Of the arena that a memory asks for. */
export function bprBytes({ width, eventRows, users, items, weights }: BprParts): number {
  const tables = [users.table, items.table, ...(weights === undefined ? [] : [weights.table])];
  const arrays = [
    ...[4, 4, 4, 8, 8].map((bytes) => bytes * BPR_CHUNK_ROWS),
    ...[4 * MODEL_FIELDS, 4 * SIDE_FIELDS, 4 * SIDE_FIELDS, 4 * RULE_FIELDS, 4 * RULE_FIELDS],
    ...[4 * width, 4 * eventRows, 4 * eventRows],
    ...tables.map(interleavedBytes),
    ...tables.map(() => 8),
    ...[users, items].flatMap(({ rows }) => [rows.rowOfNewId.byteLength, rows.counts.byteLength]),
  ];
  return arrays.reduce((sum, bytes) => sum + alignedBytes(bytes), 0);
}
