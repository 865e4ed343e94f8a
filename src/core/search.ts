/** The first index at or after `from` whose time is not before `bound`, in ascending times. */
export function lowerBound(times: Float64Array, bound: number, from = 0): number {
  let low = from;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
