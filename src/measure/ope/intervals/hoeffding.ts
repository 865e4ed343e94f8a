import { around, type Bounds, momentsOf } from "./bounds.js";

/**
 * One-sided bounds at level delta each: mean -/+ xMax sqrt(ln(1 / delta) / 2n) (Hoeffding 1963, as Open Bandit
 * Pipeline 0.5.5 computes it). Valid for every n if the terms are independent and lie in [0, xMax], xMax known
 * beforehand (largest weight possible * largest reward). It is no bound where terms can be negative (signed rewards, DR),
 * nor where xMax is the largest term of the sample, the pipeline's default.
 */
export function hoeffding(terms: Float64Array, delta: number, xMax: number): Bounds {
  const { n, mean } = momentsOf(terms);
  return around(mean, xMax * Math.sqrt(Math.log(1 / delta) / (2 * n)));
}
