import { type Kernels, startWasm } from "../../core/wasm.js";
import { type Drawn, type EventBatch, endOfEvent, isFirstOfEvent, rowsOf } from "../batch.js";
import type { BoundLearner, Learner } from "../learner.js";
import type { ModelState } from "../state.js";
import { type Arena, arenaOf, noRoomToGrow } from "./arena.js";
import { BPR_CHUNK_ROWS, BprMemory, bprBytes } from "./bpr-memory.js";
import { type BprParts, bprParts } from "./bpr-parts.js";

type Score = (model: number, users: number, items: number, count: number, out: number) => void;
type Learn = (
  ...args: [model: number, users: number, items: number, events: number, weights: number, count: number]
) => number;

/**
 * Matrix factorisation by BPR in wasm, in float32 throughout: as the plain terms within a few units of its last place an
 * update. The state moves into the kernel's memory, where the state's own tables go on seeing it. Undefined where the
 * model is another one, or larger than a wasm memory.
 */
export function bprKernel(state: ModelState, kernels: Kernels): Learner | undefined {
  const parts = bprParts(state);
  if (parts === undefined) return undefined;
  const arena = arenaOf(bprBytes(parts));
  return arena === undefined ? undefined : new BprKernel(state, parts, arena, kernels);
}

class BprKernel implements Learner {
  readonly kernel = "wasm-bpr";
  readonly state: ModelState;
  readonly #kernels: Kernels;
  readonly #parts: BprParts;
  readonly #memory: BprMemory;
  readonly #score: Score;
  readonly #learn: Learn;

  constructor(state: ModelState, parts: BprParts, arena: Arena, kernels: Kernels) {
    this.state = state;
    this.#kernels = kernels;
    this.#parts = parts;
    this.#memory = new BprMemory(arena, parts);
    const { users, items } = parts;
    const exports = startWasm(kernels.bpr, {
      env: {
        memory: this.#memory.arena.memory,
        append: (side: number, id: number) => (side === 0 ? users : items).rows.append(id),
        diverged: (part: number, row: number, norm: number, event: number) =>
          this.#diverged(part, row, norm, event),
      },
    });
    this.#score = exports["score"] as Score;
    this.#learn = exports["learn"] as Learn;
  }

  over(batch: EventBatch): BoundLearner {
    const users = rowsOf(batch, this.#parts.users.rows.feature);
    const items = rowsOf(batch, this.#parts.items.rows.feature);
    const memory = this.#memory;
    const stage = (from: number, to: number): void => {
      memory.users.set(users.subarray(from, to));
      memory.items.set(items.subarray(from, to));
    };
    const score = (from: number, to: number, scores: Float64Array): void => {
      for (let row = from; row < to; row += BPR_CHUNK_ROWS) {
        const end = Math.min(to, row + BPR_CHUNK_ROWS);
        stage(row, end);
        const { model, users, items } = memory;
        this.#score(model, users.byteOffset, items.byteOffset, end - row, memory.scores.byteOffset);
        scores.set(memory.scores.subarray(0, end - row), row);
      }
    };
    const learn = (from: number, to: number): void => {
      const { drawn } = batch;
      if (drawn === undefined) throw new TypeError("a pairwise link over events without negatives");
      const end = endOfEvents(drawn, to);
      for (let row = firstOfEvents(batch, from, end); row < end; ) {
        const next = row + BPR_CHUNK_ROWS < end ? startOfEvent(drawn, row + BPR_CHUNK_ROWS) : end;
        stage(row, next);
        memory.events.set(drawn.event.subarray(row, next));
        if (batch.weight !== undefined) memory.weights.set(batch.weight.subarray(row, next));
        this.#learnStaged(next - row, batch.weight !== undefined);
        row = next;
      }
    };
    return {
      score,
      learn,
      scoreThenLearn: (from, to, scores) => {
        for (let row = from; row < to; row++) {
          score(row, row + 1, scores);
          learn(row, row + 1);
        }
      },
    };
  }

  /** Every event is applied when it is learned. */
  flush(): void {}

  renew(): Learner {
    const next = bprKernel(this.state, this.#kernels);
    if (next === undefined) throw noRoomToGrow(this.#memory.arena.memory.buffer.byteLength);
    return next;
  }

  #learnStaged(rows: number, isWeighted: boolean): void {
    const { model, users, items, events, weights } = this.#memory;
    const addressOfWeights = isWeighted ? weights.byteOffset : 0;
    const learned = this.#learn(
      model,
      users.byteOffset,
      items.byteOffset,
      events.byteOffset,
      addressOfWeights,
      rows,
    );
    for (const table of this.state.tables) table.steps += learned;
  }

  #diverged(part: number, row: number, norm: number, event: number): never {
    const { users, items, weights } = this.#parts;
    const table = [users.table, items.table, weights?.table][part] ?? users.table;
    table.steps += event + 1;
    const own = table.weights.subarray(row * table.stride, row * table.stride + table.width);
    throw table.diverged(
      row,
      own.findIndex((weight) => !Number.isFinite(weight)),
      norm,
    );
  }
}

/** The first event that begins at or after a row. */
function firstOfEvents(batch: EventBatch, from: number, end: number): number {
  let row = from;
  while (row < end && !isFirstOfEvent(batch, row)) row++;
  return row;
}

/** The end of the event that the row before `to` is of: an event is learned whole, with its first row. */
function endOfEvents(drawn: Drawn, to: number): number {
  return to === 0 ? 0 : endOfEvent(drawn, to - 1);
}

/** Where the event of a row begins. */
function startOfEvent({ event }: Drawn, row: number): number {
  let start = row;
  while (event[start - 1] === event[row]) start--;
  return start;
}
