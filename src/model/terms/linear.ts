import { tableName } from "../../core/model-spec.js";
import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { BoundTerm, SpecOf, Term, TermContext } from "./term.js";

/** Sum over features of one weight per categorical value, or weight x value of a dense feature. */
export function linear(spec: SpecOf<"linear">, context: TermContext): Term {
  const kinds = new Map(context.spec.features.map(({ name, encoder }) => [name, encoder.kind]));
  return {
    over(batch) {
      const parts = spec.features.map((feature) =>
        kinds.get(feature) === "dense"
          ? densePart(spec, context, feature, batch)
          : categoricalPart(spec, context, feature, batch),
      );
      return {
        score(row) {
          let sum = 0;
          for (const part of parts) sum += part.score(row);
          return sum;
        },
        addGradients(row, lossGradient) {
          for (const part of parts) part.addGradients(row, lossGradient);
        },
      };
    },
  };
}

function categoricalPart(
  spec: SpecOf<"linear">,
  context: TermContext,
  feature: string,
  batch: EventBatch,
): BoundTerm {
  const table = context.table(tableName(spec.name, feature));
  const rows = context.rows(feature);
  const codes = rowsOf(batch, feature);
  const { weights } = table;
  return {
    score: (row) => weights[rows.rowOf(codes[row] ?? 0)] ?? 0,
    addGradients: (row, lossGradient) => table.addScalarGradient(rows.rowOf(codes[row] ?? 0), lossGradient),
  };
}

function densePart(
  spec: SpecOf<"linear">,
  context: TermContext,
  feature: string,
  batch: EventBatch,
): BoundTerm {
  const table = context.table(tableName(spec.name, feature));
  const values = valuesOf(batch, feature);
  const { weights } = table;
  return {
    score: (row) => (weights[0] ?? 0) * (values[row] ?? 0),
    addGradients(row, lossGradient) {
      const value = values[row] ?? 0;
      // A zero value does not touch the weight, so that L2 does not either.
      if (value !== 0) table.addScalarGradient(0, lossGradient * value);
    },
  };
}
