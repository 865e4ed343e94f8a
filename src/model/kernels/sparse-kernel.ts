import { type Kernels, startWasm } from "../../core/wasm.js";
import type { EventBatch } from "../batch.js";
import { type BoundLearner, type Learner, plainLearner } from "../learner.js";
import type { ModelState } from "../state.js";
import { type Arena, arenaOf, noRoomToGrow } from "./arena.js";
import { type Group, sparseGroups } from "./sparse-groups.js";
import { sparseBytes } from "./sparse-layout.js";
import { SparseMemory } from "./sparse-memory.js";
import { CHUNK_ROWS, type Region } from "./staging.js";

type Score = (model: number, region: number, from: number, to: number, out: number) => void;
type Learn = (
  ...args: [model: number, region: number, from: number, to: number, isWeighted: number, out: number]
) => void;

/**
 * Bias, linear, factorisation and dot terms in wasm: in float64 the same bits as the plain ones; in float32 most rows
 * are updated in float32 arithmetic, four weights at a time, within a few units in the last place. The state moves
 * into the kernel's memory, where the state's own tables go on seeing it. Undefined where the model is another
 * one, or larger than a wasm memory.
 */
export function sparseKernel(state: ModelState, kernels: Kernels): Learner | undefined {
  const groups = sparseGroups(state);
  if (groups === undefined) return undefined;
  const arena = arenaOf(sparseBytes(state, groups));
  return arena === undefined ? undefined : new SparseKernel(state, groups, arena, kernels);
}

class SparseKernel implements Learner {
  readonly kernel = "wasm-sparse";
  readonly state: ModelState;
  readonly #kernels: Kernels;
  readonly #memory: SparseMemory;
  readonly #score: Score;
  readonly #learn: Learn;

  constructor(state: ModelState, groups: readonly Group[], arena: Arena, kernels: Kernels) {
    this.state = state;
    this.#kernels = kernels;
    const memory = new SparseMemory(arena, state, groups);
    this.#memory = memory;
    const exports = startWasm(kernels.sparse, {
      env: {
        memory: arena.memory,
        append: (feature: number, id: number) => memory.append(feature, id),
        diverged: (place: number, row: number, norm: number, event: number) => {
          throw memory.diverged(place, row, norm, event);
        },
      },
    });
    const width = state.spec.learner.precision === "float64" ? 64 : 32;
    this.#score = exports[`score${width}`] as Score;
    this.#learn = exports[`learn${width}`] as Learn;
  }

  over(batch: EventBatch): BoundLearner {
    const memory = this.#memory;
    const isWeighted = batch.weight === undefined ? 0 : 1;
    const out = memory.scores.byteOffset;
    const score = (region: Region, first: number, last: number): void =>
      this.#score(memory.model, region.address, first, last, out);
    const learn = (region: Region, first: number, last: number, scores: number): void => {
      memory.beforeLearning();
      this.#learn(memory.model, region.address, first, last, isWeighted, scores);
      memory.afterLearning(last - first);
    };
    /** Runs rows [from, to) chunk by chunk. */
    const each = (
      from: number,
      to: number,
      run: (region: Region, first: number, last: number, scores: number) => void,
      scores: Float64Array | undefined,
    ): void => {
      for (let row = from; row < to; ) {
        const region = memory.staging.regionOf(batch, row);
        const first = region.rowOf(row);
        const last = Math.min(CHUNK_ROWS, first + to - row);
        run(region, first, last, scores === undefined ? 0 : out);
        if (scores !== undefined) memory.takeScores(scores, row, last - first);
        row += last - first;
      }
    };
    return {
      score: (from, to, scores) => each(from, to, score, scores),
      learn: (from, to) => each(from, to, learn, undefined),
      scoreThenLearn: (from, to, scores) => each(from, to, learn, scores),
    };
  }

  /** Every event is applied when it is learned. */
  flush(): void {}

  /** In float64 the plain terms give the same bits. */
  renew(): Learner {
    const next = sparseKernel(this.state, this.#kernels);
    if (next !== undefined) return next;
    if (this.state.spec.learner.precision === "float32") throw noRoomToGrow(this.#memory.bytes);
    return plainLearner(this.state).renew();
  }
}
