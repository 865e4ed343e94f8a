import { isPairwise } from "../core/model-spec.js";
import type { Kernels } from "../core/wasm.js";
import { bprKernel } from "./kernels/bpr-kernel.js";
import { deepKernel } from "./kernels/deep-kernel.js";
import { sparseKernel } from "./kernels/sparse-kernel.js";
import { type Learner, plainLearner } from "./learner.js";
import { blankState, fillState } from "./load.js";
import type { OnlineModel } from "./model.js";
import type { ModelState } from "./state.js";

type Kernel = (state: ModelState, kernels: Kernels) => Learner | undefined;

/** Each knows some models, and is undefined for the others; the fastest first. */
const KERNELS: readonly Kernel[] = [sparseKernel, deepKernel];
const PAIRWISE_KERNELS: readonly Kernel[] = [bprKernel];

/** The fastest learner that knows this model: a kernel, else the plain terms. No kernel knows bags. */
export function createLearner(state: ModelState, kernels: Kernels | undefined): Learner {
  const { features, learner } = state.spec;
  const hasBags = features.some(({ bag }) => bag !== undefined);
  if (kernels === undefined || hasBags) return plainLearner(state);
  for (const kernel of isPairwise(learner.link) ? PAIRWISE_KERNELS : KERNELS) {
    const found = kernel(state, kernels);
    if (found !== undefined) return found;
  }
  return plainLearner(state);
}

/**
 * The same of a model at rest, whose numbers are read straight to where the learner keeps them: what a kernel moves into
 * its memory is blank by then. Errors: as loadState.
 */
export function loadLearner(
  model: OnlineModel,
  newIds: ReadonlyMap<string, readonly string[]>,
  kernels: Kernels | undefined,
): Learner {
  const learner = createLearner(blankState(model, newIds), kernels);
  fillState(learner.state, model);
  return learner;
}
