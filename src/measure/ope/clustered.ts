import { type Estimation, standardError } from "./estimation.js";

/**
 * Standard error where rows of one cluster (a user, a slate) are not independent: the influences are summed by cluster
 * first, sqrt(sum of squares * G / (G - 1)) / n (Liang & Zeger 1986). Rows without a cluster (-1) stand alone. Without
 * clusters, the usual one. Too small where there are few clusters (below about 40). O(n).
 */
export function clusteredStandardError(estimation: Estimation, clusters?: Int32Array): number {
  if (clusters === undefined) return standardError(estimation);
  const { influence } = estimation;
  const sums = new Map<number, number>();
  let squares = 0;
  let alone = 0;
  influence.forEach((value, row) => {
    const cluster = clusters[row] ?? -1;
    if (cluster >= 0) sums.set(cluster, (sums.get(cluster) ?? 0) + value);
    else {
      alone += 1;
      squares += value * value;
    }
  });
  for (const sum of sums.values()) squares += sum * sum;
  const groups = sums.size + alone;
  return Math.sqrt((squares * groups) / (groups - 1)) / influence.length;
}
