import type { NegativesSpec } from "../core/model-spec.js";
import type { Config } from "./config.js";

/** The negatives of model.json, where unbatch.yaml asks for them: the item's features are those of log.item's column. */
export function negativesOf({ learner, log, features }: Config): { negatives?: NegativesSpec } {
  const { negatives } = learner;
  if (negatives === undefined) return {};
  const { perPositive, sampling } = negatives;
  const ofItem = features.flatMap(({ name, column }) => ((column ?? name) === log.item ? [name] : []));
  return { negatives: { perPositive, sampling, itemFeatures: negatives.itemFeatures ?? ofItem } };
}
