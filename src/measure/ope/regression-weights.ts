/** How a reward model's rows are weighted when it is fitted for off-policy evaluation. */
export type FittingMethod = "normal" | "iw" | "mrdr";

/**
 * Row weights of a reward model: `normal` 1; `iw` the importance weight, so that the fit is best where the target goes;
 * `mrdr` the target's probability of the logged action * (1 - p) / p^2, which minimises the variance of DR (Farajtabar,
 * Chow & Ghavamzadeh 2018, More robust doubly robust). O(n).
 *
 * @param targets the target's probability of each row's logged action.
 */
export function regressionWeights(
  method: FittingMethod,
  targets: Float64Array,
  propensities: Float64Array,
): Float64Array {
  return targets.map((target, row) => {
    const propensity = propensities[row] ?? Number.NaN;
    if (method === "normal") return 1;
    return method === "iw" ? target / propensity : (target * (1 - propensity)) / propensity ** 2;
  });
}
