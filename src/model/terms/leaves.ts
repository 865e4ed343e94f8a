import { tableName } from "../../core/model-spec.js";
import type { FeatureColumn } from "../batch.js";
import { leafRow } from "../forest.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/**
 * The sum over frozen trees of the weight of the leaf that an event reaches (He et al. 2014): one-hot leaves into a
 * linear model, whose weight is the source's leaf value plus the table's. d score / d weight is 1 for each of them.
 * O(trees x depth).
 */
export function leaves(spec: SpecOf<"leaves">, context: TermContext): Term {
  const table = context.table(tableName(spec.name));
  const forest = context.forest(spec.name);
  const { roots, values } = forest;
  const round = spec.comparison === "float64-less-or-equal" ? (x: number): number => x : Math.fround;
  const x = new Float64Array(spec.features.length);
  const reached = new Int32Array(roots.length);
  return {
    over(batch) {
      const columns = spec.features.map((feature) => batch.features.get(feature));
      return {
        score(row) {
          for (let at = 0; at < columns.length; at++) x[at] = round(numberOf(columns[at], row));
          let sum = 0;
          for (let tree = 0; tree < roots.length; tree++) {
            const leaf = leafRow(forest, spec, roots[tree] ?? 0, x);
            reached[tree] = leaf;
            sum += (values[leaf] ?? 0) + (table.weights[leaf] ?? 0);
          }
          return sum;
        },
        addGradients(_row, lossGradient) {
          for (const leaf of reached) table.addScalarGradient(leaf, lossGradient);
        },
      };
    },
  };
}

/** A value, or the row of a category. */
function numberOf(column: FeatureColumn | undefined, row: number): number {
  if (column?.kind === "values") return column.values[row] ?? Number.NaN;
  const code = column?.kind === "rows" ? (column.codes[row] ?? -1) : -1;
  return code < 0 ? Number.NaN : code;
}
