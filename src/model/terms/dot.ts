import { tableName } from "../../core/model-spec.js";
import { rowsOf } from "../batch.js";
import type { StateArray } from "../optimizers/optimizer.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/** Inner product of one row of each side (Koren et al. 2009). Both gradients are taken at the old rows. */
export function dot(spec: SpecOf<"dot">, context: TermContext): Term {
  const { width } = spec;
  const left = context.table(tableName(spec.name, spec.left));
  const right = context.table(tableName(spec.name, spec.right));
  const leftRows = context.rows(spec.left);
  const rightRows = context.rows(spec.right);
  const vector = new Float64Array(width);
  return {
    over(batch) {
      const leftCodes = rowsOf(batch, spec.left);
      const rightCodes = rowsOf(batch, spec.right);
      return {
        score(row) {
          const u = leftRows.rowOf(leftCodes[row] ?? 0) * width;
          const v = rightRows.rowOf(rightCodes[row] ?? 0) * width;
          let sum = 0;
          for (let k = 0; k < width; k++) sum += (left.weights[u + k] ?? 0) * (right.weights[v + k] ?? 0);
          return sum;
        },
        addGradients(row, lossGradient) {
          const u = leftRows.rowOf(leftCodes[row] ?? 0);
          const v = rightRows.rowOf(rightCodes[row] ?? 0);
          left.addGradient(u, load(vector, right.weights, v * width), 0, lossGradient);
          right.addGradient(v, load(vector, left.weights, u * width), 0, lossGradient);
        },
      };
    },
  };
}

function load(into: Float64Array, from: StateArray, at: number): Float64Array {
  for (let k = 0; k < into.length; k++) into[k] = from[at + k] ?? 0;
  return into;
}
