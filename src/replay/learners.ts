import { type Refusal, refusal } from "../core/figure.js";
import type { PackedTexts } from "../core/text-list.js";
import type { Kernels } from "../core/wasm.js";
import { type EventBatch, withoutNewIds } from "../model/batch.js";
import { createLearner } from "../model/create-learner.js";
import type { Learner } from "../model/learner.js";
import { loadState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import { type MemoryLimit, refuseGrowth, stateBytes } from "../model/state-size.js";
import { writePredictions } from "./scored-rows.js";

/** A state of this many bytes is not held a second time for a shadow that nobody asked for. */
const MAX_SHADOW_BYTES = 2 ** 27;

/** The learner, the copy that predicts where it is published on a cadence, and the model that never learns. */
export class Learners {
  learner: Learner;
  /** The learner itself where nothing is published. */
  serving: Learner;
  /** Undefined where nobody asks for it. */
  readonly #shadow: Learner | undefined;
  readonly #memory: MemoryLimit | undefined;

  constructor(
    model: OnlineModel,
    kernels: Kernels | undefined,
    {
      publishes,
      shadows,
      memory,
    }: { publishes: boolean; shadows: boolean; memory?: MemoryLimit | undefined },
  ) {
    this.#memory = memory;
    const create = (): Learner => createLearner(loadState(model, new Map()), kernels);
    this.learner = create();
    this.serving = publishes ? create() : this.learner;
    this.#shadow = shadows ? create() : undefined;
  }

  /** What the model would have said had it never learned from this log. */
  shadowPredictions(events: EventBatch): Float64Array | undefined {
    const shadow = this.#shadow;
    if (shadow === undefined) return undefined;
    const scores = new Float64Array(events.rows);
    const known = withoutNewIds(events, (feature) => shadow.state.rows(feature).unknownRow);
    shadow.over(known).score(0, events.rows, scores);
    writePredictions(scores, scores, shadow.state.spec.learner.link);
    return scores;
  }

  publish(): void {
    this.serving.state.copyFrom(this.learner.state, "weights");
  }

  /**
   * Takes in ids met for the first time. Returns whether what was bound to the learners is of no use any more. Errors: no
   * memory for their rows (exit 3).
   */
  addNewIds(newIds: ReadonlyMap<string, PackedTexts>): boolean {
    let isRenewed = false;
    const renew = (learner: Learner): Learner => {
      if (!learner.state.addNewIds(newIds)) return learner;
      if (this.#memory !== undefined) refuseGrowth(learner.state, this.#memory);
      isRenewed = true;
      return learner.renew();
    };
    const { learner, serving } = this;
    this.learner = renew(learner);
    this.serving = serving === learner ? this.learner : renew(serving);
    return isRenewed;
  }
}

/** Why the model that never learns is not held, where it is not. */
export function tooLargeForShadow(model: OnlineModel): Refusal | undefined {
  const bytes = stateBytes(model);
  if (bytes <= MAX_SHADOW_BYTES) return undefined;
  return refusal(
    "not-measured",
    `a state of ${bytes} bytes is not held twice (at most ${MAX_SHADOW_BYTES})`,
    "replay with --frozen for the losses of the model as it is",
  );
}
