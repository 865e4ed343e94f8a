import { type Refusal, refusal } from "../../core/figure.js";
import type { Choice, TargetPolicy } from "./target.js";

/** Probabilities as a file lists them: of items, or of items at a position, or of items in an event. */
export interface ProbabilityTable {
  /** The key of the rows that each entry is for ("" where one list serves all), by number. */
  keys: readonly string[];
  keyOf: Int32Array;
  items: Int32Array;
  probabilities: Float64Array;
}

/** Sums of written decimals. */
const SUM_TOLERANCE = 1e-6;

/**
 * A table as a policy: an item that is not listed has probability 0. `keyOfRow` says which list serves a row; -1 where
 * none does. O(entries) once.
 */
export function tableTarget(table: ProbabilityTable, keyOfRow: (row: number) => number): TargetPolicy {
  const choices = choicesOf(table);
  return { choose: (row) => choices[keyOfRow(row)] };
}

function choicesOf({ keys, keyOf, items, probabilities }: ProbabilityTable): Choice[] {
  const sizes = new Int32Array(keys.length);
  for (const key of keyOf) sizes[key] = (sizes[key] ?? 0) + 1;
  const choices = Array.from(sizes, (size) => ({
    items: new Int32Array(size),
    probabilities: new Float64Array(size),
  }));
  const filled = new Int32Array(keys.length);
  keyOf.forEach((key, entry) => {
    const at = filled[key] ?? 0;
    filled[key] = at + 1;
    const choice = choices[key];
    if (choice === undefined) return;
    choice.items[at] = items[entry] ?? 0;
    choice.probabilities[at] = probabilities[entry] ?? 0;
  });
  return choices;
}

/** A list whose probabilities are not in [0, 1], or do not sum to 1, is no policy. */
export function tableRefusal({ keys, keyOf, probabilities }: ProbabilityTable): Refusal[] {
  const sums = new Float64Array(keys.length);
  for (const [entry, probability] of probabilities.entries()) {
    if (!(probability >= 0 && probability <= 1))
      return [notOne(`a probability of ${probability}`, keys[keyOf[entry] ?? 0] ?? "")];
    const key = keyOf[entry] ?? 0;
    sums[key] = (sums[key] ?? 0) + probability;
  }
  const wrong = sums.findIndex((sum) => !(Math.abs(sum - 1) <= SUM_TOLERANCE));
  if (wrong < 0) return [];
  return [notOne(`probabilities that sum to ${sums[wrong]}`, keys[wrong] ?? "")];
}

function notOne(found: string, key: string): Refusal {
  const where = key === "" ? "" : ` (${key})`;
  return refusal(
    "probabilities-do-not-sum",
    `the policy's table has ${found}${where}`,
    "give each item a probability in [0, 1], all of them summing to 1; items that are not listed have 0",
  );
}
