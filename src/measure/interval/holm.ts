/**
 * Holm's step-down adjustment (Holm 1979): rejecting where the adjusted p-value is at most alpha keeps the chance of any
 * false rejection among all tests at alpha, whatever their dependence. In the order given. O(n log n).
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let running = 0;
  order.forEach((index, step) => {
    running = Math.max(running, Math.min(1, (pValues.length - step) * (pValues[index] ?? 1)));
    adjusted[index] = running;
  });
  return adjusted;
}
