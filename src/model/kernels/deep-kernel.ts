import { incomplete } from "../../core/errors.js";
import type { HalvedWork, SecondThread, SharedKernel } from "../../core/halves.js";
import {
  type Kernels,
  kernelMath,
  type SharedWasmMemory,
  sharedWasmMemory,
  startWasm,
} from "../../core/wasm.js";
import type { EventBatch } from "../batch.js";
import type { BoundLearner, Learner } from "../learner.js";
import type { StateArray } from "../optimizers/optimizer.js";
import type { ModelState } from "../state.js";
import { MAX_ARENA_BYTES } from "./arena.js";
import { Events, eventColumns, MiniBatch } from "./deep-events.js";
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
  return createDeepKernel(state, kernels);
}

function createDeepKernel(state: ModelState, kernels: Kernels): DeepKernel | undefined {
  const parts = deepParts(state);
  if (parts === undefined) return undefined;
  const layout = deepLayout(parts, state.spec.learner.batchSize);
  const memory = memoryOf(layout.bytes);
  return memory === undefined ? undefined : new DeepKernel(state, parts, layout, memory, kernels);
}

/** The plain terms would give other bits from here on. */
function outOfMemory(bytes: number): Error {
  return incomplete({
    found: `new ids, and no more memory for the kernel, which holds ${bytes} bytes`,
    expected: `at most ${MAX_ARENA_BYTES} bytes in all, and as much free memory`,
    next: "replay a shorter log, or with --kernel plain",
  });
}

function memoryOf(bytes: number): SharedWasmMemory | undefined {
  if (bytes > MAX_ARENA_BYTES) return undefined;
  try {
    return sharedWasmMemory(bytes);
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
  readonly #miniBatch: MiniBatch;
  readonly #scoredEvents: Events;
  readonly #scores: Float64Array;
  readonly #changesRates: boolean;
  readonly #shared: SharedKernel;
  readonly #kernels: Kernels;
  readonly #secondThread: SecondThread | undefined;

  constructor(
    state: ModelState,
    parts: DeepParts,
    layout: DeepLayout,
    memory: SharedWasmMemory,
    kernels: Kernels,
  ) {
    const { batchSize, link } = state.spec.learner;
    const { buffer } = memory;
    this.state = state;
    this.#parts = parts;
    this.#layout = layout;
    this.#buffer = buffer;
    moveTables(parts, layout, buffer);
    this.#plan = new DeepPlan(parts, layout, buffer, link === "squared");
    const { features } = parts;
    this.#miniBatch = new MiniBatch(buffer, layout, features, batchSize);
    this.#scoredEvents = new Events(buffer, layout.scoredEvents, features.length, SCORED_EVENTS);
    this.#scores = new Float64Array(buffer, layout.scores, SCORED_EVENTS);
    this.#changesRates = parts.tables.some(({ table }) => table.optimizer.usesStep);
    this.#kernels = kernels;
    this.#shared = { module: kernels.deep, memory };
    this.#secondThread = kernels.secondThread;
    const env = { memory, ...kernelMath };
    this.#exports = startWasm(kernels.deep, { env }) as unknown as DeepExports;
  }

  over(batch: EventBatch): BoundLearner {
    const columns = eventColumns(this.#parts.features, batch);
    const { batchSize } = this.state.spec.learner;
    /** Up to the update that they complete, and as many as are scored at once. */
    const inStretches = (from: number, to: number, run: (first: number, last: number) => void): void => {
      for (let first = from; first < to; ) {
        const last = Math.min(first + SCORED_EVENTS, first + batchSize - this.#miniBatch.count, to);
        run(first, last);
        if (this.#miniBatch.count === batchSize) this.flush();
        first = last;
      }
    };
    return {
      score: (from, to, scores) => {
        for (let first = from; first < to; first += SCORED_EVENTS) {
          const last = Math.min(first + SCORED_EVENTS, to);
          this.#scoredEvents.put(columns, first, last);
          this.#score(first, last, scores);
        }
      },
      learn: (from, to) => {
        inStretches(from, to, (first, last) => this.#miniBatch.add(columns, batch, first, last));
      },
      scoreThenLearn: (from, to, scores) => {
        inStretches(from, to, (first, last) => {
          this.#miniBatch.add(columns, batch, first, last, this.#scoredEvents);
          this.#score(first, last, scores);
        });
      },
    };
  }

  renew(): Learner {
    const next = createDeepKernel(this.state, this.#kernels);
    if (next === undefined) throw outOfMemory(this.#buffer.byteLength);
    next.#miniBatch.copyFrom(this.#miniBatch);
    return next;
  }

  flush(): void {
    const { count } = this.#miniBatch;
    if (count === 0) return;
    if (this.#changesRates) this.#plan.writeRules();
    const { plan } = this.#layout;
    this.#exports.begin(plan);
    this.#inTwo({ task: "learnHalf", plan, count });
    this.#inTwo({ task: "applyHalf", plan, count });
    this.#miniBatch.clear();
    this.#finish();
  }

  /** Both halves, in order or at once: they write to places of their own. */
  #inTwo(work: HalvedWork): void {
    const run = (half: 0 | 1): void => this.#exports[work.task](work.plan, half, work.count);
    if (this.#secondThread !== undefined) this.#secondThread.inTwo(this.#shared, work, run);
    else for (const half of [0, 1] as const) run(half);
  }

  #score(first: number, last: number, scores: Float64Array): void {
    const count = last - first;
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
