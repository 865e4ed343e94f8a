/**
 * P-values adjusted for their number, in the order given: the least false discovery rate at which each would be called
 * (Benjamini & Hochberg 1995, step-up): q(i) = min over j >= i of p(j) k / j, at most 1. Holds for independent and for
 * positively dependent tests. O(k log k).
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[b] ?? 1) - (pValues[a] ?? 1));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let least = 1;
  order.forEach((index, at) => {
    const rank = pValues.length - at;
    // This way round, rounding cannot take it below the p-value itself.
    least = Math.min(least, (pValues[index] ?? 1) * (pValues.length / rank));
    adjusted[index] = least;
  });
  return adjusted;
}
