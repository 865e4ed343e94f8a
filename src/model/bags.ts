/** Any number of rows an event: event e has places [offsets[e], offsets[e + 1]) of codes and weights. */
export interface Bags {
  /** One more than there are events, ascending from 0. */
  offsets: Int32Array;
  /** See FeatureColumn. */
  codes: Int32Array;
  /** What each row is multiplied by in the sum that the bag stands for; absent: 1. */
  weights?: Float64Array;
}

/** The bags of these events, in this order. O(events + their values). */
export function gatherBags({ offsets, codes, weights }: Bags, order: Int32Array): Bags {
  const starts = new Int32Array(order.length + 1);
  for (let at = 0; at < order.length; at++) {
    const event = order[at] ?? 0;
    starts[at + 1] = (starts[at] ?? 0) + (offsets[event + 1] ?? 0) - (offsets[event] ?? 0);
  }
  const gathered = emptyBags(starts, weights !== undefined);
  for (let at = 0; at < order.length; at++) {
    const event = order[at] ?? 0;
    const [from, to] = [offsets[event] ?? 0, offsets[event + 1] ?? 0];
    gathered.codes.set(codes.subarray(from, to), starts[at]);
    if (weights !== undefined) gathered.weights?.set(weights.subarray(from, to), starts[at]);
  }
  return gathered;
}

/** The bags of several stretches of events, one after the other; all of them have weights, or none. */
export function joinBags(parts: readonly Bags[]): Bags {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const starts = new Int32Array(1 + parts.reduce((sum, { offsets }) => sum + offsets.length - 1, 0));
  let event = 0;
  let values = 0;
  for (const { offsets, codes } of parts) {
    for (let at = 1; at < offsets.length; at++) starts[++event] = values + (offsets[at] ?? 0);
    values += codes.length;
  }
  const joined = emptyBags(
    starts,
    parts.some(({ weights }) => weights !== undefined),
  );
  values = 0;
  for (const { codes, weights } of parts) {
    joined.codes.set(codes, values);
    if (weights !== undefined) joined.weights?.set(weights, values);
    values += codes.length;
  }
  return joined;
}

function emptyBags(offsets: Int32Array, areWeighted: boolean): Bags {
  const codes = new Int32Array(offsets.at(-1) ?? 0);
  return areWeighted ? { offsets, codes, weights: new Float64Array(codes.length) } : { offsets, codes };
}
