import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { FeatureRows } from "../feature-rows.js";
import type { ModelState } from "../state.js";
import type { Table } from "../table.js";

/** One weight of every event: of the bias, of a categorical feature's row, or of a dense feature. */
export type LinearPart = { term: number; table: Table; optimizer: OptimizerSpec } & (
  | { kind: "constant" }
  | { kind: "codes"; feature: string; rows: FeatureRows }
  | { kind: "values"; feature: string }
);

/** What the linear kernel knows: their keys are all it reads of them. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  frozen: ["kind"],
  sgd: ["kind", "rate", "l2"],
  adagrad: ["kind", "rate", "initialAccumulator", "epsilon", "epsilonPlacement", "l2"],
  ftrl: ["kind", "rate", "beta", "l1", "l2", "initialAccumulator"],
};

/** The parts of a model of bias and linear terms that learns event by event; undefined for any other. */
export function linearParts(state: ModelState): LinearPart[] | undefined {
  const { spec } = state;
  if (spec.learner.batchSize !== 1) return undefined;
  const parts: LinearPart[] = [];
  for (const [term, one] of spec.terms.entries()) {
    if (one.kind !== "bias" && one.kind !== "linear") return undefined;
    const optimizer = spec.learner.optimizers[one.name];
    if (optimizer === undefined || !isKnown(optimizer)) return undefined;
    const tables = state.tablesOf(one.name);
    if (one.kind === "bias") {
      const [table] = tables;
      if (table !== undefined) parts.push({ kind: "constant", term, table, optimizer });
      continue;
    }
    for (const [index, feature] of one.features.entries()) {
      const table = tables[index];
      if (table === undefined) return undefined;
      const isDense = spec.features.find(({ name }) => name === feature)?.encoder.kind === "dense";
      parts.push(
        isDense
          ? { kind: "values", term, table, optimizer, feature }
          : { kind: "codes", term, table, optimizer, feature, rows: state.rows(feature) },
      );
    }
  }
  // A feature that two terms read would have its rows counted twice.
  const features = parts.flatMap((part) => (part.kind === "codes" ? [part.feature] : []));
  return parts.length > 0 && new Set(features).size === features.length ? parts : undefined;
}

function isKnown(optimizer: OptimizerSpec): boolean {
  const known = KNOWN[optimizer.kind] ?? [];
  const given = Object.entries(optimizer).filter(([, value]) => value !== undefined);
  return known.length > 0 && given.every(([key]) => known.includes(key));
}
