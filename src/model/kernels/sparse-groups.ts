import type { TermSpec } from "../../core/model-spec.js";
import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { ModelState } from "../state.js";
import type { Table } from "../table.js";

/** One row of every event: of the bias, of a categorical feature, or of a dense one, whose value multiplies it. */
export interface Place {
  table: Table;
  source: { kind: "constant" } | { kind: "codes"; feature: string } | { kind: "values"; feature: string };
}

/**
 * A term as the sparse kernel sees it: its rows, single weights or vectors, in the order in which they are summed. A bias
 * is learned with the linear term behind it where both learn alike.
 */
export interface Group {
  kind: "weights" | "factorisation" | "dot";
  /** Its first place is a bias, a term of its own in the score. */
  hasBias: boolean;
  width: number;
  optimizer: OptimizerSpec;
  places: readonly Place[];
}

/** The settings that the kernel knows of the rules that it knows. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  frozen: ["kind"],
  sgd: ["kind", "rate", "l2", "l1", "schedule", "rateFloor", "warmUpSteps", "clipNorm"],
  adagrad: [
    ...["kind", "rate", "initialAccumulator", "epsilon", "epsilonPlacement", "l2", "l1"],
    ...["rateFloor", "warmUpSteps", "clipNorm"],
  ],
  ftrl: ["kind", "rate", "beta", "l1", "l2", "initialAccumulator", "clipNorm"],
};

/** The groups of a model that learns event by event and has no other terms; undefined for any other. */
export function sparseGroups(state: ModelState): Group[] | undefined {
  if (state.spec.learner.batchSize !== 1) return undefined;
  const groups: Group[] = [];
  for (const term of state.spec.terms) {
    const group = groupOf(term, state);
    if (group === undefined) return undefined;
    const joined = withBias(groups.at(-1), group);
    if (joined !== undefined) groups.pop();
    groups.push(joined ?? group);
  }
  const tables = groups.flatMap(({ places }) => places.map(({ table }) => table.name));
  // Gradients of a row that two places share are summed before it moves: the kernel would move it twice.
  return tables.length > 0 && new Set(tables).size === tables.length ? groups : undefined;
}

function groupOf(term: TermSpec, state: ModelState): Group | undefined {
  const optimizer = state.spec.learner.optimizers[term.name];
  if (optimizer === undefined || !isKnown(optimizer)) return undefined;
  const tables = state.tablesOf(term.name);
  // A group has one count of updates.
  if (new Set(tables.map(({ steps }) => steps)).size > 1) return undefined;
  const over = (kind: Group["kind"], width: number, features: readonly string[]): Group => ({
    ...{ kind, width, optimizer, hasBias: term.kind === "bias" },
    places: tables.map((table, index) => ({ table, source: sourceOf(features[index], state) })),
  });
  switch (term.kind) {
    case "bias":
      return over("weights", 1, []);
    case "linear":
      return over("weights", 1, term.features);
    case "factorisation":
      return over("factorisation", term.width, term.features);
    case "dot":
      return over("dot", term.width, [term.left, term.right]);
    default:
      return undefined;
  }
}

/** A bias and the linear term behind it as one group, where they share the rule, its settings and the count of updates. */
function withBias(bias: Group | undefined, linear: Group): Group | undefined {
  if (bias?.hasBias !== true || bias.places.length > 1 || linear.kind !== "weights" || linear.hasBias)
    return undefined;
  const isAlike =
    JSON.stringify(bias.optimizer) === JSON.stringify(linear.optimizer) &&
    bias.places[0]?.table.steps === linear.places[0]?.table.steps;
  return isAlike ? { ...linear, hasBias: true, places: [...bias.places, ...linear.places] } : undefined;
}

function sourceOf(feature: string | undefined, { spec }: ModelState): Place["source"] {
  if (feature === undefined) return { kind: "constant" };
  const isDense = spec.features.find(({ name }) => name === feature)?.encoder.kind === "dense";
  return isDense ? { kind: "values", feature } : { kind: "codes", feature };
}

function isKnown(optimizer: OptimizerSpec): boolean {
  const known = KNOWN[optimizer.kind] ?? [];
  const given = Object.entries(optimizer).filter(([, value]) => value !== undefined && value !== 0);
  return known.length > 0 && given.every(([key]) => known.includes(key));
}
