import { layersKey } from "../core/table-shapes.js";
import { termName } from "./check-terms.js";
import { keysIn, numberOf, partOf, textOf } from "./outline.js";
import { listed, type Problem } from "./problem.js";

type Path = readonly (string | number)[];

/** Terms whose weights are rows alone: none of them takes part in every event. */
export const ROWS_ALONE: ReadonlySet<string> = new Set(["linear", "dot", "factorisation", "leaves"]);

/** Settings of a learner's optimizers that its kind has, and that mean nothing as they stand; reported at their key. */
export function checkOptimizerSettings(learner: unknown, path: Path, terms: readonly unknown[]): Problem[] {
  const own = partOf(learner, "terms");
  const named = keysIn(learner, "terms");
  const learning = terms.filter((term) => textOf(term, "kind") !== "offset");
  const check = (optimizer: unknown, at: Path, its: readonly unknown[]): Problem[] => [
    ...checkDivisor(optimizer, at),
    ...checkDecay(optimizer, at),
    ...checkFloor(optimizer, at),
    ...checkMomentum(optimizer, at, { terms: its, named }),
  ];
  return [
    ...check(
      partOf(learner, "optimizer"),
      [...path, "optimizer"],
      learning.filter((term) => !named.includes(termName(term) ?? "")),
    ),
    ...named.flatMap((name) => {
      const its = learning.filter((term) => termName(term) === name);
      return check(partOf(own, name), [...path, "terms", name], its);
    }),
  ];
}

/** What a first gradient is divided by. */
function checkDivisor(optimizer: unknown, path: Path): Problem[] {
  const isAdagrad = /adagrad$/.test(textOf(optimizer, "kind") ?? "");
  if (!isAdagrad || numberOf(optimizer, "epsilon") !== 0 || numberOf(optimizer, "initialAccumulator") !== 0)
    return [];
  return [
    {
      path: [...path, "epsilon"],
      at: "key",
      found: "0, with initialAccumulator 0: a first gradient of 0 is divided by 0",
      expected: "one of them above 0",
    },
  ];
}

/** A step of SGD takes rate x l2 of a weight off it. */
function checkDecay(optimizer: unknown, path: Path): Problem[] {
  const [rate, l2] = [numberOf(optimizer, "rate"), numberOf(optimizer, "l2")];
  if (textOf(optimizer, "kind") !== "sgd" || rate === undefined || l2 === undefined) return [];
  if (!(rate > 0 && rate * l2 > 1)) return [];
  return [
    {
      path: [...path, "l2"],
      at: "key",
      found: `${l2}, of which a step with rate ${rate} takes more off a weight than there is`,
      expected: `at most 1 / rate = ${1 / rate}`,
    },
  ];
}

function checkFloor(optimizer: unknown, path: Path): Problem[] {
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

/** `terms`: those that learn by this optimizer. `named`: what has one of its own, layers of a term among them. */
function checkMomentum(
  optimizer: unknown,
  path: Path,
  { terms, named }: { terms: readonly unknown[]; named: readonly string[] },
): Problem[] {
  const isOfRows = (term: unknown): boolean =>
    ROWS_ALONE.has(textOf(term, "kind") ?? "") || named.includes(layersKey(termName(term) ?? ""));
  if ((numberOf(optimizer, "momentum") ?? 0) === 0 || terms.length === 0 || !terms.every(isOfRows)) return [];
  const names = terms.flatMap((term) => termName(term) ?? []);
  return [
    {
      path: [...path, "momentum"],
      at: "key",
      found: `momentum for ${listed(names)}, of which it would move rows alone, that few events touch`,
      expected: "no momentum: it is of layers and biases",
    },
  ];
}
