import type { Kernels } from "../core/wasm.js";
import { linearKernel } from "./kernels/linear-kernel.js";
import { type Learner, plainLearner } from "./learner.js";
import type { ModelState } from "./state.js";

/** The fastest learner that knows this model: a kernel that gives the same bits, else the plain terms. No kernel knows bags. */
export function createLearner(state: ModelState, kernels: Kernels | undefined): Learner {
  const hasBags = state.spec.features.some(({ bag }) => bag !== undefined);
  const kernel = kernels === undefined || hasBags ? undefined : linearKernel(state, kernels.linear);
  return kernel ?? plainLearner(state);
}
