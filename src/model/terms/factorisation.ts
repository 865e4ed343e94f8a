import { tableName } from "../../core/model-spec.js";
import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { Table } from "../table.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/** One feature's vector in an event: a row of its table, times a value (1 for a categorical feature). */
interface Part {
  table: Table;
  row(event: number): number;
  value(event: number): number;
}

/**
 * Second-order factorisation machine (Rendle 2010, equation 1 without its linear part): the sum over pairs i < j of
 * features of <v_i, v_j> x_i x_j, by its lemma 3.1 as the half of sum over k of (sum_i v_ik x_i)^2 - sum_i (v_ik x_i)^2,
 * O(features x width). Gradient of v_ik: x_i (sum_j v_jk x_j - v_ik x_i), with every vector as it was. A dense feature
 * of value 0 has no part in an event.
 */
export function factorisation(spec: SpecOf<"factorisation">, context: TermContext): Term {
  const { width } = spec;
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  const gradient = new Float64Array(width);
  return {
    over(batch) {
      const parts = spec.features.map((feature) => partOf(spec, context, feature, batch));
      return {
        score(event) {
          sums.fill(0);
          squares.fill(0);
          for (const { table, row, value } of parts) {
            const from = row(event) * width;
            const x = value(event);
            for (let k = 0; k < width; k++) {
              const vx = (table.weights[from + k] ?? 0) * x;
              sums[k] = (sums[k] ?? 0) + vx;
              squares[k] = (squares[k] ?? 0) + vx * vx;
            }
          }
          let pairs = 0;
          for (let k = 0; k < width; k++) pairs += (sums[k] ?? 0) * (sums[k] ?? 0) - (squares[k] ?? 0);
          return pairs / 2;
        },
        addGradients(event, lossGradient) {
          for (const { table, row, value } of parts) {
            const x = value(event);
            if (x === 0) continue;
            const at = row(event);
            for (let k = 0; k < width; k++)
              gradient[k] = (sums[k] ?? 0) - (table.weights[at * width + k] ?? 0) * x;
            table.addGradient(at, gradient, 0, lossGradient * x);
          }
        },
      };
    },
  };
}

function partOf(
  spec: SpecOf<"factorisation">,
  context: TermContext,
  feature: string,
  batch: EventBatch,
): Part {
  const table = context.table(tableName(spec.name, feature));
  if (context.spec.features.find(({ name }) => name === feature)?.encoder.kind === "dense") {
    const values = valuesOf(batch, feature);
    return { table, row: () => 0, value: (event) => values[event] ?? 0 };
  }
  const rows = context.rows(feature);
  const codes = rowsOf(batch, feature);
  return { table, row: (event) => rows.rowOf(codes[event] ?? 0), value: () => 1 };
}
