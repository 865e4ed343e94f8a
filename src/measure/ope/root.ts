const MAX_HALVINGS = 200;

/**
 * Where a monotone function changes sign between `low` and `high`, to the last bit, by bisection. The end whose sign is
 * alike is returned when it does not change. O(60) calls.
 */
export function rootBetween(value: (at: number) => number, low: number, high: number): number {
  let below = low;
  let above = high;
  const sign = Math.sign(value(low));
  if (sign === 0) return low;
  if (Math.sign(value(high)) === sign) return Math.abs(value(low)) <= Math.abs(value(high)) ? low : high;
  for (let halving = 0; halving < MAX_HALVINGS; halving++) {
    const middle = below + (above - below) / 2;
    if (middle <= below || middle >= above) break;
    if (Math.sign(value(middle)) === sign) below = middle;
    else above = middle;
  }
  return below + (above - below) / 2;
}
