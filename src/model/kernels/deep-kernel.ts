import type { HalvedWork, SecondThread, SharedKernel } from "../../core/halves.js";
import { type Kernels, kernelMath, type SharedWasmMemory, startWasm } from "../../core/wasm.js";
import type { EventBatch } from "../batch.js";
import type { BoundLearner, Learner } from "../learner.js";
import type { ModelState } from "../state.js";
import { noRoomToGrow } from "./arena.js";
import { Events, eventColumns, MiniBatch } from "./deep-events.js";
import { type DeepLayout, deepLayout, SCORED_EVENTS } from "./deep-layout.js";
import { deepMemory, moveTables } from "./deep-memory.js";
import { Outcome } from "./deep-outcome.js";
import { type DeepParts, deepParts } from "./deep-parts.js";
import { DeepPlan } from "./deep-plan.js";

/** Below this many events in a batch, to hand over a half takes longer than to do it. */
const SHARED_EVENTS = 64;

/** Exports of kernels/deep.ts. */
interface DeepExports {
  score(plan: number, events: number, count: number, out: number): void;
  begin(plan: number): void;
  learnHalf(plan: number, half: number, count: number): void;
  applyHalf(plan: number, half: number, count: number): void;
}

/**
 * A deep term, alone or beside bias, linear and factorisation terms, in wasm and in float32: mini-batches as products of
 * matrices (kernels/deep.ts). Sums have an order of their own, so numbers differ from the plain terms' by rounding; they are
 * the same bits however calls cut the events. Undefined where the model is another one, or larger than a wasm memory.
 */
export function deepKernel(state: ModelState, kernels: Kernels): Learner | undefined {
  return createDeepKernel(state, kernels);
}

function createDeepKernel(state: ModelState, kernels: Kernels): DeepKernel | undefined {
  const parts = deepParts(state);
  if (parts === undefined) return undefined;
  const layout = deepLayout(parts, state.spec.learner.batchSize);
  const memory = deepMemory(layout.bytes);
  return memory === undefined ? undefined : new DeepKernel(state, parts, layout, memory, kernels);
}

class DeepKernel implements Learner {
  readonly kernel = "wasm-deep";
  readonly state: ModelState;
  readonly #parts: DeepParts;
  readonly #layout: DeepLayout;
  readonly #plan: DeepPlan;
  readonly #exports: DeepExports;
  readonly #outcome: Outcome;
  readonly #miniBatch: MiniBatch;
  readonly #scoredEvents: Events;
  readonly #scores: Float64Array;
  readonly #learnedScores: Float64Array;
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
    this.#outcome = new Outcome(parts, layout, buffer);
    moveTables(parts, layout, buffer);
    this.#plan = new DeepPlan(parts, layout, buffer, link === "squared");
    const { features } = parts;
    this.#miniBatch = new MiniBatch(buffer, layout, features, batchSize);
    this.#scoredEvents = new Events(buffer, layout.scoredEvents, features.length, SCORED_EVENTS);
    this.#learnedScores = new Float64Array(buffer, layout.learnedScores, batchSize);
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
          const begun = this.#miniBatch.add(columns, batch, first, last, this.#scoredEvents);
          if (this.#miniBatch.count < batchSize) this.#score(first, last, scores);
          else this.#takeLearnedScores(first, last, scores, begun);
        });
      },
    };
  }

  renew(): Learner {
    const next = createDeepKernel(this.state, this.#kernels);
    if (next === undefined) throw noRoomToGrow(this.#layout.bytes);
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
    this.#outcome.take();
  }

  /** Both halves, in order or at once: they write to places of their own. */
  #inTwo(work: HalvedWork): void {
    const run = (half: 0 | 1): void => this.#exports[work.task](work.plan, half, work.count);
    if (this.#secondThread !== undefined && work.count >= SHARED_EVENTS)
      this.#secondThread.inTwo(this.#shared, work, run);
    else for (const half of [0, 1] as const) run(half);
  }

  /** The update's own scores of the stretch that completes the batch; those whose rows have begun are scored apart. */
  #takeLearnedScores(first: number, last: number, scores: Float64Array, begun: ReadonlySet<number>): void {
    const { plan, scoredEvents, eventBytes } = this.#layout;
    const before = [...begun].map((row): [number, number] => {
      this.#exports.score(plan, scoredEvents + (row - first) * eventBytes, 1, this.#scores.byteOffset);
      return [row, this.#scores[0] ?? 0];
    });
    this.flush();
    const { batchSize } = this.state.spec.learner;
    scores.set(this.#learnedScores.subarray(batchSize - (last - first), batchSize), first);
    for (const [row, score] of before) scores[row] = score;
  }

  #score(first: number, last: number, scores: Float64Array): void {
    const count = last - first;
    const { plan, scoredEvents } = this.#layout;
    this.#exports.score(plan, scoredEvents, count, this.#scores.byteOffset);
    if (count === 1) scores[first] = this.#scores[0] ?? 0;
    else scores.set(this.#scores.subarray(0, count), first);
  }
}
