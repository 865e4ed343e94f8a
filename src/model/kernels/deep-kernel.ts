import { type Kernels, startWasm, type WasmMemory, wasmMemory } from "../../core/wasm.js";
import type { EventBatch } from "../batch.js";
import type { BoundLearner, Learner } from "../learner.js";
import type { StateArray } from "../optimizers/optimizer.js";
import type { ModelState } from "../state.js";
import { MAX_ARENA_BYTES } from "./arena.js";
import { type EventColumn, Events, eventColumns, FirstEvents } from "./deep-events.js";
import { type DeepLayout, deepLayout, SCORED_EVENTS, WORDS } from "./deep-layout.js";
import { type DeepParts, deepParts } from "./deep-parts.js";
import { DeepPlan } from "./deep-plan.js";

/** Exports of kernels/deep.ts. */
interface DeepExports {
  score(plan: number, events: number, count: number, out: number): void;
  begin(plan: number): void;
  learnHalf(plan: number, half: number, count: number): void;
  applyHalf(plan: number, half: number, count: number): void;
}

/**
 * A deep term, alone or beside bias and linear terms, in wasm and in float32: mini-batches as products of matrices
 * (kernels/deep.ts). Sums have an order of their own, so numbers differ from the plain terms' by rounding; they are
 * the same bits however calls cut the events. Undefined where the model is another one, or larger than a wasm memory.
 */
export function deepKernel(state: ModelState, kernels: Kernels): Learner | undefined {
  const parts = deepParts(state);
  if (parts === undefined) return undefined;
  const layout = deepLayout(parts, state.spec.learner.batchSize);
  const memory = memoryOf(layout.bytes);
  return memory === undefined ? undefined : new DeepKernel(state, parts, layout, memory, kernels);
}

function memoryOf(bytes: number): WasmMemory | undefined {
  if (bytes > MAX_ARENA_BYTES) return undefined;
  try {
    return wasmMemory(bytes);
  } catch (error) {
    // Not to be had now: the plain terms learn on the heap.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class DeepKernel implements Learner {
  readonly kernel = "wasm-deep";
  readonly state: ModelState;
  readonly #parts: DeepParts;
  readonly #layout: DeepLayout;
  readonly #plan: DeepPlan;
  readonly #exports: DeepExports;
  readonly #buffer: ArrayBufferLike;
  readonly #events: Events;
  readonly #firsts: FirstEvents;
  readonly #labels: Float64Array;
  readonly #weights: Float64Array;
  readonly #scoredEvents: Events;
  readonly #scores: Float64Array;
  readonly #changesRates: boolean;
  #pending = 0;

  constructor(state: ModelState, parts: DeepParts, layout: DeepLayout, memory: WasmMemory, kernels: Kernels) {
    const { batchSize, link } = state.spec.learner;
    const { buffer } = memory;
    this.state = state;
    this.#parts = parts;
    this.#layout = layout;
    this.#buffer = buffer;
    moveTables(parts, layout, buffer);
    this.#plan = new DeepPlan(parts, layout, buffer, link === "squared");
    const { features } = parts;
    this.#events = new Events(buffer, layout.events, features.length, batchSize);
    this.#firsts = new FirstEvents(buffer, layout.firsts, features, batchSize);
    this.#labels = new Float64Array(buffer, layout.labels, batchSize);
    this.#weights = new Float64Array(buffer, layout.weights, batchSize);
    this.#scoredEvents = new Events(buffer, layout.scoredEvents, features.length, SCORED_EVENTS);
    this.#scores = new Float64Array(buffer, layout.scores, SCORED_EVENTS);
    this.#changesRates = parts.tables.some(({ table }) => table.optimizer.usesStep);
    const { exp, expm1, log1p, tanh } = Math;
    const env = { memory, exp, expm1, log1p, tanh };
    this.#exports = startWasm(kernels.deep, { env }) as unknown as DeepExports;
  }

  over(batch: EventBatch): BoundLearner {
    const columns = eventColumns(this.#parts.features, batch);
    const touched = this.state.touchedBy(batch);
    const learn = (row: number): void => {
      for (const { rows, codes } of touched) rows.touch(codes[row] ?? 0);
      this.#add(columns, batch, row);
    };
    return {
      score: (from, to, scores) => {
        for (let first = from; first < to; first += SCORED_EVENTS) {
          const last = Math.min(first + SCORED_EVENTS, to);
          for (let row = first; row < last; row++) this.#scoredEvents.put(columns, row, row - first);
          this.#score(last - first, first, scores);
        }
      },
      learn: (from, to) => {
        for (let row = from; row < to; row++) learn(row);
      },
      scoreThenLearn: (from, to, scores) => {
        const { batchSize } = this.state.spec.learner;
        for (let first = from; first < to; ) {
          const last = Math.min(first + SCORED_EVENTS, first + batchSize - this.#pending, to);
          // All of them before the update that the last one may complete.
          for (let row = first; row < last; row++) {
            this.#scoredEvents.put(columns, row, row - first);
            if (row < last - 1) learn(row);
          }
          this.#score(last - first, first, scores);
          learn(last - 1);
          first = last;
        }
      },
    };
  }

  flush(): void {
    const count = this.#pending;
    if (count === 0) return;
    this.#pending = 0;
    if (this.#changesRates) this.#plan.writeRules();
    const { plan } = this.#layout;
    this.#exports.begin(plan);
    this.#exports.learnHalf(plan, 0, count);
    this.#exports.learnHalf(plan, 1, count);
    this.#exports.applyHalf(plan, 0, count);
    this.#exports.applyHalf(plan, 1, count);
    this.#firsts.clear(this.#events, count);
    this.#finish();
  }

  #add(columns: readonly EventColumn[], batch: EventBatch, row: number): void {
    const place = this.#pending;
    this.#events.put(columns, row, place);
    this.#firsts.put(this.#events, place);
    this.#labels[place] = batch.label[row] ?? 0;
    this.#weights[place] = batch.weight === undefined ? 1 : (batch.weight[row] ?? 1);
    this.#pending += 1;
    if (this.#pending === this.state.spec.learner.batchSize) this.flush();
  }

  #score(count: number, first: number, scores: Float64Array): void {
    const { plan, scoredEvents } = this.#layout;
    this.#exports.score(plan, scoredEvents, count, this.#scores.byteOffset);
    if (count === 1) scores[first] = this.#scores[0] ?? 0;
    else scores.set(this.#scores.subarray(0, count), first);
  }

  /** Counts the update, and what the kernel says of it. Error: a weight that is not finite any more. */
  #finish(): void {
    for (const { table } of this.#parts.tables) {
      table.steps += 1;
      const layout = this.#layout.tableOf.get(table);
      const squares = new Float64Array(this.#buffer, layout?.squares ?? 0, 2);
      table.gradientSquares[0] = (table.gradientSquares[0] ?? 0) + (squares[0] ?? 0) + (squares[1] ?? 0);
      squares.fill(0);
    }
    this.#throwDiverged();
  }

  /** Of the first row, in the order of tables and of their rows. */
  #throwDiverged(): void {
    const found = this.#layout.halfOf.flatMap((_, half) => {
      const at = this.#layout.halves + 4 * (WORDS.half * half + 6);
      const [place = 0, row = 0, order = 0] = new Int32Array(this.#buffer, at, 3);
      const [squares = 0] = new Float32Array(this.#buffer, at + 12, 1);
      return place === 0 ? [] : [{ place, row, order, squares }];
    });
    found.sort((a, b) => a.place - b.place || a.order - b.order);
    const [first] = found;
    const table = first === undefined ? undefined : this.#parts.tables[first.place - 1]?.table;
    if (first === undefined || table === undefined) return;
    const start = first.row * table.width;
    const weights = table.weights.subarray(start, start + table.width);
    const at = start + weights.findIndex((weight) => !Number.isFinite(weight));
    throw table.diverged(first.row, at, Math.sqrt(first.squares));
  }
}

/** The state's own arrays lie in the kernel's memory from now on; everything that reads the state reads these. */
function moveTables({ tables }: DeepParts, layout: DeepLayout, buffer: ArrayBufferLike): void {
  const move = (values: StateArray, address: number): StateArray => {
    const moved = new Float32Array(buffer, address, values.length);
    moved.set(values);
    return moved;
  };
  for (const { table } of tables) {
    const own = layout.tableOf.get(table);
    if (own === undefined) continue;
    table.weights = move(table.weights, own.weights);
    table.slots = table.slots.map((slot, index) => move(slot, own.slots[index] ?? 0));
  }
}
