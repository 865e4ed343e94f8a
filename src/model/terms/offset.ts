import type { SpecOf, Term } from "./term.js";

/**
 * The logged score of the model in production, as it is: the other terms learn its residual, and parity with it is
 * exact by construction. A probability enters as its logit, kept 1e-15 away from 0 and 1.
 */
export function offset(spec: SpecOf<"offset">): Term {
  return {
    over(batch) {
      const scores = batch.offsets.get(spec.column);
      if (scores === undefined) throw new TypeError(`batch has no offset column ${spec.column}`);
      const score = spec.scale === "probability" ? logit : (value: number) => value;
      return { score: (row) => score(scores[row] ?? 0), addGradients: () => {} };
    },
  };
}

function logit(probability: number): number {
  const clipped = Math.min(Math.max(probability, 1e-15), 1 - 1e-15);
  return Math.log(clipped / (1 - clipped));
}
