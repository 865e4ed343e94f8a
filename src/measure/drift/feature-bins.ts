import { type BinnedPair, binnedPair, categoryBins, quantileEdges, sumOf } from "./bins.js";
import type { Observed } from "./observed.js";

/** Rare categories are taken together: chi-square and PSI need this many rows to be expected in each bin (Cochran 1954). */
const LEAST_EXPECTED = 5;

export interface FeatureBins {
  bins: BinnedPair;
  /** Categories too rare for a bin of their own, which share one. */
  rareCategories: number;
  /** Share of both logs' rows that they hold. */
  rareShare: number;
}

/**
 * The bins of the verdict: deciles of the reference, or categories with the rare ones as one; and a bin for missing
 * values where there are any. Undefined where the two are of different kinds.
 */
export function featureBins(reference: Observed, current: Observed): FeatureBins | undefined {
  const missing = { reference: reference.missing, current: current.missing };
  if (reference.kind === "numeric" && current.kind === "numeric") {
    const bins = binnedPair(reference.values, current.values, quantileEdges(reference.values));
    return { bins: withBin(bins, missing), rareCategories: 0, rareShare: 0 };
  }
  if (reference.kind === "categorical" && current.kind === "categorical") {
    const { rare, ...pooled } = poolRare(categoryBins(reference.counts, current.counts));
    return { ...pooled, bins: withBin(withBin(pooled.bins, rare), missing) };
  }
  return undefined;
}

function poolRare(all: BinnedPair): FeatureBins & { rare: { reference: number; current: number } } {
  const [n, m] = [sumOf(all.reference), sumOf(all.current)];
  const kept: BinnedPair = { reference: new Float64Array(0), current: new Float64Array(0) };
  const frequent: number[] = [];
  const rare = { reference: 0, current: 0 };
  all.reference.forEach((count, bin) => {
    const other = all.current[bin] ?? 0;
    if (((count + other) * Math.min(n, m)) / (n + m) >= LEAST_EXPECTED) frequent.push(bin);
    else {
      rare.reference += count;
      rare.current += other;
    }
  });
  kept.reference = Float64Array.from(frequent, (bin) => all.reference[bin] ?? 0);
  kept.current = Float64Array.from(frequent, (bin) => all.current[bin] ?? 0);
  const rareShare = n + m === 0 ? 0 : (rare.reference + rare.current) / (n + m);
  return { bins: kept, rare, rareCategories: all.reference.length - frequent.length, rareShare };
}

function withBin(
  bins: BinnedPair,
  { reference, current }: { reference: number; current: number },
): BinnedPair {
  if (reference + current === 0) return bins;
  return {
    reference: Float64Array.from([...bins.reference, reference]),
    current: Float64Array.from([...bins.current, current]),
  };
}
