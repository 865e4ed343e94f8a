import type { PackedTexts } from "../core/text-list.js";
import type { Kernels } from "../core/wasm.js";
import { loadLearner } from "../model/create-learner.js";
import type { Learner } from "../model/learner.js";
import type { OnlineModel } from "../model/model.js";
import { type MemoryLimit, refuseGrowth } from "../model/state-size.js";

/** The learner, and the copy that predicts where it is published on a cadence. */
export class Learners {
  learner: Learner;
  /** The learner itself where nothing is published. */
  serving: Learner;
  readonly #memory: MemoryLimit | undefined;

  constructor(
    model: OnlineModel,
    kernels: Kernels | undefined,
    { publishes, memory }: { publishes: boolean; memory?: MemoryLimit | undefined },
  ) {
    this.#memory = memory;
    const create = (): Learner => loadLearner(model, new Map(), kernels);
    this.learner = create();
    this.serving = publishes ? create() : this.learner;
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
