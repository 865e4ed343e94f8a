import type { Kernels } from "../core/wasm.js";
import { linearKernel } from "./kernels/linear-kernel.js";
import { type Learner, plainLearner } from "./learner.js";
import type { ModelState } from "./state.js";

/** The fastest learner that knows this model: a kernel that gives the same bits, else the plain terms. */
export function createLearner(state: ModelState, kernels: Kernels | undefined): Learner {
  const kernel = kernels === undefined ? undefined : linearKernel(state, kernels.linear);
  return kernel ?? plainLearner(state);
}
