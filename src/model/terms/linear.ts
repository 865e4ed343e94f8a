import { tableName } from "../../core/model-spec.js";
import type { SpecOf, Term, TermContext } from "./term.js";
import { vectorReader } from "./vector-reader.js";

/** Sum over features of one weight per categorical value, or weight x value of a dense feature. */
export function linear(spec: SpecOf<"linear">, context: TermContext): Term {
  const weights = new Float64Array(spec.features.length);
  const gradient = new Float64Array(1);
  return {
    over(batch) {
      const parts = spec.features.map((feature) =>
        vectorReader(feature, context.table(tableName(spec.name, feature)), context, batch),
      );
      return {
        score(row) {
          // Every other one, as the kernel sums two at a time.
          let even = 0;
          let odd = 0;
          for (let at = 0; at < parts.length; at++) {
            parts[at]?.load(row, weights, at);
            if (at % 2 === 0) even += weights[at] ?? 0;
            else odd += weights[at] ?? 0;
          }
          return even + odd;
        },
        addGradients(row, lossGradient) {
          gradient[0] = lossGradient;
          for (const part of parts) part.addGradient(row, gradient, 0, 1);
        },
      };
    },
  };
}
