import { tableName } from "../../core/model-spec.js";
import type { SpecOf, Term, TermContext } from "./term.js";
import { vectorReader } from "./vector-reader.js";

/**
 * Second-order factorisation machine (Rendle 2010, equation 1 without its linear part): the sum over pairs i < j of
 * features of <v_i, v_j> x_i x_j, by its lemma 3.1 as the half of sum over k of (sum_i v_ik x_i)^2 - sum_i (v_ik x_i)^2,
 * O(features x width). Gradient of v_ik: x_i (sum_j v_jk x_j - v_ik x_i), with every vector as it was. A dense feature
 * of value 0 has no part in an event. A bag is one feature, whose v_i x_i is the bag's sum: its values are not paired
 * with each other.
 */
export function factorisation(spec: SpecOf<"factorisation">, context: TermContext): Term {
  const { width } = spec;
  /** [features, width]: each v_i x_i of the event in hand. */
  const vectors = new Float64Array(spec.features.length * width);
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  const gradient = new Float64Array(width);
  return {
    over(batch) {
      const readers = spec.features.map((feature) =>
        vectorReader(feature, context.table(tableName(spec.name, feature)), context, batch),
      );
      return {
        score(event) {
          sums.fill(0);
          squares.fill(0);
          for (let part = 0; part < readers.length; part++) {
            readers[part]?.load(event, vectors, part * width);
            for (let k = 0; k < width; k++) {
              const vx = vectors[part * width + k] ?? 0;
              sums[k] = (sums[k] ?? 0) + vx;
              squares[k] = (squares[k] ?? 0) + vx * vx;
            }
          }
          let pairs = 0;
          for (let k = 0; k < width; k++) pairs += (sums[k] ?? 0) * (sums[k] ?? 0) - (squares[k] ?? 0);
          return pairs / 2;
        },
        addGradients(event, lossGradient) {
          for (let part = 0; part < readers.length; part++) {
            for (let k = 0; k < width; k++) gradient[k] = (sums[k] ?? 0) - (vectors[part * width + k] ?? 0);
            readers[part]?.addGradient(event, gradient, 0, lossGradient);
          }
        },
      };
    },
  };
}
