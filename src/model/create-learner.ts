import type { Kernels } from "../core/wasm.js";
import { deepKernel } from "./kernels/deep-kernel.js";
import { sparseKernel } from "./kernels/sparse-kernel.js";
import { type Learner, plainLearner } from "./learner.js";
import type { ModelState } from "./state.js";

/** Each knows some models, and is undefined for the others; the fastest first. */
const KERNELS: readonly ((state: ModelState, kernels: Kernels) => Learner | undefined)[] = [
  sparseKernel,
  deepKernel,
];

/** The fastest learner that knows this model: a kernel, else the plain terms. No kernel knows bags. */
export function createLearner(state: ModelState, kernels: Kernels | undefined): Learner {
  const hasBags = state.spec.features.some(({ bag }) => bag !== undefined);
  if (kernels === undefined || hasBags) return plainLearner(state);
  for (const kernel of KERNELS) {
    const learner = kernel(state, kernels);
    if (learner !== undefined) return learner;
  }
  return plainLearner(state);
}
