import { type Kernels, startWasm, type WasmModule } from "../../core/wasm.js";
import type { EventBatch } from "../batch.js";
import type { BoundLearner, Learner } from "../learner.js";
import type { ModelState } from "../state.js";
import { Arena, alignedBytes, MAX_ARENA_BYTES } from "./arena.js";
import { type LinearPart, linearParts } from "./linear-parts.js";
import { PART_BYTES, writePart } from "./part-table.js";
import { CHUNK_ROWS, columnOffsets, Region } from "./staging.js";

type Score = (parts: number, count: number, region: number, from: number, to: number, out: number) => void;
type Learn = (
  ...args: [
    parts: number,
    count: number,
    region: number,
    chunk: number,
    from: number,
    to: number,
    flags: number,
    out: number,
  ]
) => void;

const SQUARED = 1;
const WEIGHTED = 2;
/** Predictions and labels are two batches when labels come late. */
const REGIONS = 2;

/**
 * Bias and linear terms in wasm, the same bits as the plain ones. The state moves into the kernel's memory, where the
 * state's own tables go on seeing it. Undefined where the model is another one, or larger than a wasm memory.
 */
export function linearKernel(state: ModelState, kernels: Kernels): Learner | undefined {
  const parts = linearParts(state);
  if (parts === undefined) return undefined;
  const arena = arenaOf(bytesOf(parts));
  return arena === undefined ? undefined : new LinearKernel(state, parts, arena, kernels.linear);
}

function arenaOf(bytes: number): Arena | undefined {
  if (bytes > MAX_ARENA_BYTES) return undefined;
  try {
    return new Arena(bytes);
  } catch (error) {
    // Not to be had now: the plain terms give the same bits on the heap.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class LinearKernel implements Learner {
  readonly kernel = "wasm-linear";
  readonly state: ModelState;
  readonly #parts: readonly LinearPart[];
  readonly #regions: Region[];
  readonly #table: number;
  readonly #out: Float64Array;
  readonly #score: Score;
  readonly #learn: Learn;
  #updates = 0;

  constructor(state: ModelState, parts: readonly LinearPart[], arena: Arena, module: WasmModule) {
    this.state = state;
    this.#parts = parts;
    for (const part of parts) moveInto(arena, part);
    const table = arena.int32((PART_BYTES * parts.length) / 4);
    this.#table = table.byteOffset;
    const { offsets } = columnOffsets(parts);
    const view = new DataView(arena.memory.buffer);
    parts.forEach((part, index) => {
      writePart(view, this.#table + index * PART_BYTES, part, index, offsets[index] ?? 0);
    });
    this.#regions = Array.from({ length: REGIONS }, () => new Region(arena, parts));
    this.#out = arena.float64(CHUNK_ROWS);
    const append = (index: number, id: number): void => {
      const part = parts[index];
      if (part?.kind === "codes") part.rows.append(id);
    };
    const diverged = (index: number, row: number, gradient: number, event: number): void => {
      const table = parts[index]?.table;
      if (table === undefined) return;
      table.steps = this.#updates + event + 1;
      // As the plain terms have it, which overflows too.
      throw table.diverged(row, row, Math.sqrt(gradient * gradient));
    };
    const exports = startWasm(module, { env: { memory: arena.memory, exp: Math.exp, append, diverged } });
    const width = state.spec.learner.precision === "float64" ? 64 : 32;
    this.#score = exports[`score${width}`] as Score;
    this.#learn = exports[`learn${width}`] as Learn;
  }

  over(batch: EventBatch): BoundLearner {
    const flags =
      (this.state.spec.learner.link === "squared" ? SQUARED : 0) |
      (batch.weight === undefined ? 0 : WEIGHTED);
    const learn = (region: Region, first: number, last: number, out: number): void => {
      this.#learn(this.#table, this.#parts.length, region.address, CHUNK_ROWS, first, last, flags, out);
      this.#updates += last - first;
    };
    return {
      score: (from, to, scores) => {
        this.#inChunks(batch, from, to, (region, first, last, row) => {
          this.#score(this.#table, this.#parts.length, region.address, first, last, this.#out.byteOffset);
          this.#takeScores(scores, row, last - first);
        });
      },
      learn: (from, to) => {
        this.#inChunks(batch, from, to, (region, first, last) => learn(region, first, last, 0));
      },
      scoreThenLearn: (from, to, scores) => {
        this.#inChunks(batch, from, to, (region, first, last, row) => {
          learn(region, first, last, this.#out.byteOffset);
          this.#takeScores(scores, row, last - first);
        });
      },
    };
  }

  #takeScores(scores: Float64Array, row: number, rows: number): void {
    if (rows === 1) scores[row] = this.#out[0] ?? 0;
    else scores.set(this.#out.subarray(0, rows), row);
  }

  /** Every event is applied when it is learned. */
  flush(): void {}

  #inChunks(
    batch: EventBatch,
    from: number,
    to: number,
    run: (region: Region, first: number, last: number, row: number) => void,
  ): void {
    for (let row = from; row < to; ) {
      const region = this.#regionOf(batch, row);
      const first = region.rowOf(row);
      const last = Math.min(CHUNK_ROWS, first + to - row);
      run(region, first, last, row);
      row += last - first;
    }
  }

  /** The region used longest ago gives way. */
  #regionOf(batch: EventBatch, row: number): Region {
    const [newest, oldest] = this.#regions;
    if (newest === undefined || oldest === undefined) throw new TypeError("a kernel without regions");
    if (newest.holds(batch, row)) return newest;
    if (!oldest.holds(batch, row)) oldest.load(batch, row);
    this.#regions[0] = oldest;
    this.#regions[1] = newest;
    return oldest;
  }
}

/** The state's own arrays from now on; everything that reads the state reads these. */
function moveInto(arena: Arena, part: LinearPart): void {
  const { table } = part;
  table.weights = arena.copyOf(table.weights);
  table.slots = table.slots.map((slot) => arena.copyOf(slot));
  const squares = arena.float64(1);
  squares.set(table.gradientSquares);
  table.gradientSquares = squares;
  if (part.kind !== "codes") return;
  const counts = arena.float64(part.rows.counts.length);
  counts.set(part.rows.counts);
  part.rows.counts = counts;
  const rowOfNewId = arena.int32(part.rows.rowOfNewId.length);
  rowOfNewId.set(part.rows.rowOfNewId);
  part.rows.rowOfNewId = rowOfNewId;
}

function bytesOf(parts: readonly LinearPart[]): number {
  let bytes = alignedBytes(PART_BYTES * parts.length) + alignedBytes(8 * CHUNK_ROWS);
  bytes += REGIONS * columnOffsets(parts).bytes;
  for (const part of parts) {
    const { weights, slots } = part.table;
    for (const values of [weights, ...slots]) bytes += alignedBytes(values.byteLength);
    bytes += alignedBytes(8);
    if (part.kind === "codes")
      bytes += alignedBytes(part.rows.counts.byteLength) + alignedBytes(part.rows.rowOfNewId.byteLength);
  }
  return bytes;
}
