import { termName } from "./check-terms.js";
import { keysIn, numberOf, partOf, textOf } from "./outline.js";
import type { Problem } from "./problem.js";

/** Terms whose weights are rows alone: none of them takes part in every event. */
export const ROWS_ALONE: ReadonlySet<string> = new Set(["linear", "dot", "factorisation"]);

/** Settings of a learner's optimizers that its kind has, and that mean nothing as they stand; reported at their key. */
export function checkOptimizerSettings(
  learner: unknown,
  path: readonly (string | number)[],
  terms: readonly unknown[],
): Problem[] {
  const own = partOf(learner, "terms");
  return [
    ...checkSettings(partOf(learner, "optimizer"), [...path, "optimizer"]),
    ...keysIn(learner, "terms").flatMap((name) => {
      const at = [...path, "terms", name];
      const term = terms.find((one) => termName(one) === name);
      const kind = term === undefined ? undefined : textOf(term, "kind");
      return [...checkSettings(partOf(own, name), at), ...checkMomentum(partOf(own, name), at, kind)];
    }),
  ];
}

function checkSettings(optimizer: unknown, path: readonly (string | number)[]): Problem[] {
  const nothing = /adagrad$/.test(textOf(optimizer, "kind") ?? "") && numberOf(optimizer, "epsilon") === 0;
  if (nothing && numberOf(optimizer, "initialAccumulator") === 0)
    return [
      {
        path: [...path, "epsilon"],
        at: "key",
        found: "0, with initialAccumulator 0: a first gradient of 0 is divided by 0",
        expected: "one of them above 0",
      },
    ];
  const floor = numberOf(optimizer, "rateFloor");
  const rate = numberOf(optimizer, "rate");
  if (floor === undefined || rate === undefined) return [];
  const problem = (found: string, expected: string): Problem[] => [
    { path: [...path, "rateFloor"], at: "key", found, expected },
  ];
  const kind = textOf(optimizer, "kind");
  if (kind === "sgd" && textOf(optimizer, "schedule") !== "inverse-sqrt")
    return problem("a floor under a rate that does not decay", "schedule: inverse-sqrt, or no rateFloor");
  const first = kind === "sgd" ? rate : rate / Math.sqrt(numberOf(optimizer, "initialAccumulator") ?? 0.1);
  return floor > first ? problem(`${floor}, above the first effective rate ${first}`, "a lower floor") : [];
}

function checkMomentum(
  optimizer: unknown,
  path: readonly (string | number)[],
  term: string | undefined,
): Problem[] {
  if (numberOf(optimizer, "momentum") === undefined || term === undefined || !ROWS_ALONE.has(term)) return [];
  return [
    {
      path: [...path, "momentum"],
      at: "key",
      found: `momentum for a ${term} term, whose weights are rows that few events touch`,
      expected: "no momentum: it is of layers and biases",
    },
  ];
}
