import type { Sample } from "./sample.js";

/** Rows of two logs in the same bins: what PSI, Jensen-Shannon and chi-square read. Arrays of one length. */
export interface BinnedPair {
  reference: Float64Array;
  current: Float64Array;
}

/** Distinct inner edges at the reference's quantiles k / parts, interpolated (type 7 of Hyndman & Fan 1996). O(n). */
export function quantileEdges(reference: Sample, parts = 10): Float64Array {
  const edges: number[] = [];
  for (let k = 1; k < parts; k++) {
    const edge = quantile(reference, k / parts);
    if (edge !== undefined && edge !== edges.at(-1)) edges.push(edge);
  }
  return Float64Array.from(edges);
}

/** Inner edges that cut the reference's range into equal parts; none for a constant. */
export function equalWidthEdges({ values }: Sample, parts = 10): Float64Array {
  const low = values[0] ?? 0;
  const high = values.at(-1) ?? 0;
  return Float64Array.from({ length: parts - 1 }, (_, index) => low + ((high - low) * (index + 1)) / parts);
}

/** Rows of each bin; bin = the number of edges at or below a value, so the outer bins are open. O(n + edges). */
export function binCounts({ values, weights }: Sample, edges: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length + 1);
  let bin = 0;
  for (let at = 0; at < values.length; at++) {
    while (bin < edges.length && (edges[bin] ?? 0) <= (values[at] ?? 0)) bin++;
    counts[bin] = (counts[bin] ?? 0) + (weights[at] ?? 0);
  }
  return counts;
}

export function binnedPair(reference: Sample, current: Sample, edges: Float64Array): BinnedPair {
  return { reference: binCounts(reference, edges), current: binCounts(current, edges) };
}

/** Rows by category; a category that is absent has none. */
export type CategoryCounts = ReadonlyMap<string, number>;

/** A bin for each category of either log, sorted by code unit. O(k log k). */
export function categoryBins(
  reference: CategoryCounts,
  current: CategoryCounts,
): BinnedPair & { categories: string[] } {
  const categories = [...new Set([...reference.keys(), ...current.keys()])].sort();
  const take = (counts: CategoryCounts): Float64Array =>
    Float64Array.from(categories, (category) => counts.get(category) ?? 0);
  return { categories, reference: take(reference), current: take(current) };
}

export function sumOf(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Linear between order statistics (n - 1) q; from the nearer of the two, so that rounding is symmetric. */
function quantile({ values, weights, total }: Sample, q: number): number | undefined {
  const position = (total - 1) * q;
  const lower = Math.floor(position);
  let at = 0;
  let below = weights[0] ?? 0;
  while (below <= lower) {
    at += 1;
    below += weights[at] ?? Number.POSITIVE_INFINITY;
  }
  const low = values[at];
  if (low === undefined) return undefined;
  const high = below > lower + 1 ? low : (values[at + 1] ?? low);
  const share = position - lower;
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}
