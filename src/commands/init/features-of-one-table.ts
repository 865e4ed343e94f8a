import type { Checkpoint } from "../../convert/checkpoint.js";
import type { Recognised } from "../../convert/recognise.js";
import type { FeatureGuess } from "./guess-features.js";

/** A table of so many weights is one that values are hashed into; a smaller one has a weight for each input. */
const HASHED_ROWS = 1024;

/**
 * For a linear model of one tensor over all features: what a log alone would propose, hashed into the tensor as its format
 * does it, numbers as they are; of a small tensor the numbers alone. Every one is for a person to look at.
 */
export function featuresOfOneTable(
  ofLog: readonly FeatureGuess[],
  { tensors, hyperparameters, format }: Checkpoint,
  { roles }: Recognised,
): FeatureGuess[] {
  const tensor = roles.find(({ role }) => role === "linear")?.tensor;
  if (tensor === undefined) return [];
  const isVowpal = format === "vowpal-wabbit-text";
  const rows = isVowpal
    ? 2 ** (hyperparameters.get("bits") ?? 18)
    : Math.max(...(tensors.get(tensor)?.shape ?? [0]));
  const number = { encoder: "{ kind: dense }", isOpen: true } as const;
  if (rows < HASHED_ROWS) {
    const because = `choose: one of ${rows} inputs; their order and the training's own mean and scale count`;
    return ofLog.filter(({ isDense }) => isDense).map((guess) => ({ ...guess, ...number, because }));
  }
  const hash = isVowpal ? "vowpal-wabbit" : "murmur3-signed";
  return ofLog.map((guess) => {
    if (guess.isDense)
      return { ...guess, ...number, because: "choose: the weight that its name hashes to, times the value" };
    const prefix = isVowpal ? "" : `, prefix: ${JSON.stringify(`${guess.column}=`)}`;
    const how = isVowpal
      ? "add namespace: NAME where it had one"
      : "the prefix is that of a FeatureHasher over dictionaries";
    return {
      ...guess,
      encoder: `{ kind: hash, buckets: ${rows}, function: ${hash}${prefix} }`,
      because: `choose: one table of ${rows} weights; ${how}`,
      isOpen: true,
    };
  });
}
