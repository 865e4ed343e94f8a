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
  const gathered = emptyBags(order.length, weights !== undefined, (at) => {
    const event = order[at] ?? 0;
    return (offsets[event + 1] ?? 0) - (offsets[event] ?? 0);
  });
  order.forEach((event, at) => {
    const [from, to] = [offsets[event] ?? 0, offsets[event + 1] ?? 0];
    const into = gathered.offsets[at] ?? 0;
    gathered.codes.set(codes.subarray(from, to), into);
    if (weights !== undefined) gathered.weights?.set(weights.subarray(from, to), into);
  });
  return gathered;
}

/** The bags of several stretches of events, one after the other; all of them have weights, or none. */
export function joinBags(parts: readonly Bags[]): Bags {
  const lengths = parts.flatMap(({ offsets }) =>
    Array.from(offsets.subarray(1), (end, event) => end - (offsets[event] ?? 0)),
  );
  const joined = emptyBags(
    lengths.length,
    parts.some(({ weights }) => weights !== undefined),
    (event) => lengths[event] ?? 0,
  );
  let at = 0;
  for (const { codes, weights } of parts) {
    joined.codes.set(codes, at);
    if (weights !== undefined) joined.weights?.set(weights, at);
    at += codes.length;
  }
  return joined;
}

function emptyBags(events: number, areWeighted: boolean, lengthOf: (event: number) => number): Bags {
  const offsets = new Int32Array(events + 1);
  for (let event = 0; event < events; event++) offsets[event + 1] = (offsets[event] ?? 0) + lengthOf(event);
  const values = offsets[events] ?? 0;
  const codes = new Int32Array(values);
  return areWeighted ? { offsets, codes, weights: new Float64Array(values) } : { offsets, codes };
}
