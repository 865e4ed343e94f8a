import type { FeatureConfig } from "../../config/config.js";
import { type Logged, type LoggedValue, listOf } from "./rows.js";
import { type SourceIds, type SourceValue, sourceEncode } from "./source-encode.js";

/**
 * The values of a bag with what each is multiplied by, from unbatch.yaml alone: on purpose not the encoder of src/model.
 * Undefined where the row is set aside: a value that cannot be encoded, weights of another number or that are none.
 */
export function sourceBag(
  feature: FeatureConfig,
  logged: Logged,
  weights: Logged,
  ids: SourceIds,
): SourceValue {
  const { bag } = feature;
  if (bag === undefined) return undefined;
  const values = separate(logged, bag.split);
  const own = bag.weights === undefined ? values.map(() => 1) : separate(weights, bag.split).map(Number);
  const isWeight = (weight: number): boolean =>
    Number.isFinite(weight) && (bag.combine !== "mean" || weight >= 0);
  if (own.length !== values.length || !own.every(isWeight)) return undefined;
  const size = own.reduce((sum, weight) => sum + (bag.combine === "mean" ? weight : weight * weight), 0);
  const divisor = { sum: 1, mean: size, sqrtn: Math.sqrt(size) }[bag.combine];
  const parts: { of: SourceValue; factor: number }[] = [];
  for (const [at, value] of values.entries()) {
    const of = sourceEncode(feature, value, ids);
    if (of === undefined) return undefined;
    parts.push({ of, factor: (own[at] ?? 0) / (divisor > 0 ? divisor : 1) });
  }
  return { bag: parts };
}

function separate(logged: Logged, split: string | undefined): readonly LoggedValue[] {
  if (split === undefined || typeof logged !== "string") return listOf(logged);
  return logged === "" ? [] : logged.split(split);
}
