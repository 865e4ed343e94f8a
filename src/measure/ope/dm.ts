import { type Estimated, meanOf } from "./estimation.js";
import type { ModelledRows } from "./rows.js";

/**
 * Direct method: mean over the rows of the reward that a model expects from the target's actions (Beygelzimer & Langford
 * 2009). Needs no propensities and has little variance; it is as wrong as the reward model is where the target goes
 * and the log did not. Its spread over rows says nothing of that error. O(n).
 */
export function dm({
  expectedRewards,
  rowWeights,
}: Pick<ModelledRows, "expectedRewards" | "rowWeights">): Estimated {
  return meanOf("dm", expectedRewards, rowWeights);
}
