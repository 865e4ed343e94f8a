import { tableName } from "../../core/model-spec.js";
import type { SpecOf, Term, TermContext } from "./term.js";
import { vectorReader } from "./vector-reader.js";

/** Inner product of one vector of each side (Koren et al. 2009). Both gradients are taken at the old rows. */
export function dot(spec: SpecOf<"dot">, context: TermContext): Term {
  const { width } = spec;
  const u = new Float64Array(width);
  const v = new Float64Array(width);
  return {
    over(batch) {
      const readerOf = (feature: string) =>
        vectorReader(feature, context.table(tableName(spec.name, feature)), context, batch);
      const left = readerOf(spec.left);
      const right = readerOf(spec.right);
      return {
        score(row) {
          left.load(row, u, 0);
          right.load(row, v, 0);
          let sum = 0;
          for (let k = 0; k < width; k++) sum += (u[k] ?? 0) * (v[k] ?? 0);
          return sum;
        },
        addGradients(row, lossGradient) {
          left.addGradient(row, v, 0, lossGradient);
          right.addGradient(row, u, 0, lossGradient);
        },
      };
    },
  };
}
