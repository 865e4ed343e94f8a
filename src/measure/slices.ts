/** Rows [from, to) whose time lies in one slice of the clock. */
export interface Slice {
  startMicros: number;
  from: number;
  to: number;
}

/** Cuts ascending times at multiples of `sliceMicros` since the epoch; slices without rows are left out. */
export function slicesOf(times: Float64Array, sliceMicros: number): Slice[] {
  const slices: Slice[] = [];
  for (let from = 0; from < times.length; ) {
    const startMicros = Math.floor((times[from] ?? 0) / sliceMicros) * sliceMicros;
    let to = from;
    while (to < times.length && (times[to] ?? 0) < startMicros + sliceMicros) to++;
    slices.push({ startMicros, from, to });
    from = to;
  }
  return slices;
}
