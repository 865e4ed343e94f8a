import { tableName } from "../../core/model-spec.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/** One weight for every event. */
export function bias(spec: SpecOf<"bias">, context: TermContext): Term {
  const table = context.table(tableName(spec.name));
  const bound = {
    score: (): number => table.weights[0] ?? 0,
    addGradients: (_row: number, lossGradient: number): void => table.addScalarGradient(0, lossGradient),
  };
  return { over: () => bound };
}
