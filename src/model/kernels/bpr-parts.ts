import { tableName } from "../../core/model-spec.js";
import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { FeatureRows } from "../feature-rows.js";
import type { ModelState } from "../state.js";
import type { Table } from "../table.js";

/** What the kernel learns: a vector of each user and item and, where the model has one, a weight of each item. */
export interface BprParts {
  width: number;
  /** Rows of an event at most. */
  eventRows: number;
  users: { rows: FeatureRows; table: Table };
  items: { rows: FeatureRows; table: Table };
  vectorOptimizer: OptimizerSpec;
  weights: { table: Table; optimizer: OptimizerSpec } | undefined;
}

/** What the kernel knows of its rules: other settings that are on leave a model to the plain terms. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  sgd: ["kind", "rate", "l2"],
  adagrad: ["kind", "rate", "initialAccumulator", "epsilon", "epsilonPlacement", "l2"],
};

/** Looking for rows that come again in an event takes the square of this. */
const MOST_NEGATIVES = 64;

/**
 * The parts of a model in float32 that learns by BPR, event by event: a dot of one feature of the item and one that is
 * not, of a width of fours, and perhaps a linear term of the same feature of the item. Undefined for any other.
 */
export function bprParts(state: ModelState): BprParts | undefined {
  const { terms, learner } = state.spec;
  const { link, batchSize, precision, negatives, optimizers } = learner;
  const [dot, ...others] = terms.toSorted((a, b) => Number(a.kind !== "dot") - Number(b.kind !== "dot"));
  if (link !== "bpr" || batchSize !== 1 || precision !== "float32" || negatives === undefined)
    return undefined;
  if (negatives.perPositive > MOST_NEGATIVES || dot?.kind !== "dot" || dot.width % 4 !== 0) return undefined;
  const isItems = (feature: string): boolean => negatives.itemFeatures.includes(feature);
  if (isItems(dot.left) === isItems(dot.right)) return undefined;
  const [user, item] = isItems(dot.left) ? [dot.right, dot.left] : [dot.left, dot.right];
  const vectorOptimizer = knownOptimizer(optimizers[dot.name]);
  const [linear] = others;
  const weightOptimizer = linear && knownOptimizer(optimizers[linear.name]);
  if (vectorOptimizer === undefined || others.length > 1) return undefined;
  if (linear !== undefined) {
    if (linear.kind !== "linear" || linear.features.join() !== item || weightOptimizer === undefined)
      return undefined;
  }
  const sideOf = (feature: string): BprParts["users"] => ({
    rows: state.rows(feature),
    table: state.table(tableName(dot.name, feature)),
  });
  return {
    width: dot.width,
    eventRows: 1 + negatives.perPositive,
    users: sideOf(user),
    items: sideOf(item),
    vectorOptimizer,
    weights:
      linear === undefined || weightOptimizer === undefined
        ? undefined
        : { table: state.table(tableName(linear.name, item)), optimizer: weightOptimizer },
  };
}

function knownOptimizer(optimizer: OptimizerSpec | undefined): OptimizerSpec | undefined {
  const known = KNOWN[optimizer?.kind ?? ""] ?? [];
  const given = Object.entries(optimizer ?? {}).filter(([, value]) => value !== undefined && value !== 0);
  return known.length > 0 && given.every(([key]) => known.includes(key)) ? optimizer : undefined;
}
