import { estimate, type Figure, refusal } from "../../core/figure.js";
import { type BinnedPair, sumOf } from "./bins.js";

/**
 * Jensen-Shannon divergence in nats, KL(p || m) / 2 + KL(q || m) / 2 with m = (p + q) / 2 (Lin 1991): 0 for equal
 * shares, ln 2 where no bin is common; bins may be empty. O(bins).
 */
export function jensenShannon(bins: BinnedPair): Figure {
  const reference = sumOf(bins.reference);
  const current = sumOf(bins.current);
  if (reference === 0 || current === 0)
    return refusal("no-rows", "one of the two logs has no rows in any bin", "give logs with rows");
  let sum = 0;
  bins.reference.forEach((count, bin) => {
    const p = count / reference;
    const q = (bins.current[bin] ?? 0) / current;
    sum += halfTerm(p, q) + halfTerm(q, p);
  });
  // Rounding can leave a hair below 0.
  return estimate(Math.max(0, sum), reference + current, "Jensen-Shannon divergence in nats");
}

/** Half of p ln(p / m), 0 where p is. */
function halfTerm(p: number, q: number): number {
  return p === 0 ? 0 : (p / 2) * Math.log((2 * p) / (p + q));
}

/** The same in bits: between 0 and 1. */
export function jensenShannonBits(bins: BinnedPair): Figure {
  const nats = jensenShannon(bins);
  if ("refused" in nats) return nats;
  return { ...nats, value: nats.value / Math.LN2, estimator: "Jensen-Shannon divergence in bits" };
}

/** The root of a divergence: a distance, with a triangle inequality (Endres & Schindelin 2003). */
export function jensenShannonDistance(divergence: Figure): Figure {
  if ("refused" in divergence) return divergence;
  const estimator = divergence.estimator.replace("divergence", "distance");
  return { ...divergence, value: Math.sqrt(divergence.value), estimator };
}
