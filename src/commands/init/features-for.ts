import type { Checkpoint } from "../../convert/checkpoint.js";
import type { Recognised } from "../../convert/recognise.js";
import type { ColumnProfile } from "../../replay/column-profile.js";
import { featuresOfOneTable } from "./features-of-one-table.js";
import { featuresOfTrees } from "./features-of-trees.js";
import { type FeatureGuess, featuresOfCheckpoint } from "./guess-features.js";

/** The features of a recognised checkpoint. `ofLog` is what the log alone would propose. */
export function featuresFor(
  checkpoint: Checkpoint,
  recognised: Recognised,
  columns: readonly ColumnProfile[],
  ofLog: readonly FeatureGuess[],
): FeatureGuess[] {
  if (checkpoint.trees !== undefined) return featuresOfTrees(checkpoint.trees, columns);
  const found = featuresOfCheckpoint(checkpoint, recognised, columns);
  return found.length > 0 ? found : featuresOfOneTable(ofLog, checkpoint, recognised);
}
