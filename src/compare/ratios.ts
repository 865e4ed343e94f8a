import { estimate, type Figure, refusal } from "../core/figure.js";
import type { Quality } from "../measure/quality.js";

interface Costed {
  name: string;
  kind: string;
  metrics: Quality;
  cost: { rowsLearned: number; cpuSeconds: number };
}

/** One policy beside the baseline: cost as ratios, quality as a ratio of normalized entropies. */
export interface PolicyRatio {
  name: string;
  rowsLearned: Figure;
  cpuSeconds: Figure;
  normalizedEntropy: Figure;
}

/** The policy named, else the first online one, or the first of all where none is online. */
export function baselineOf<P extends { name: string; kind: string }>(
  policies: readonly P[],
  name: string | undefined,
): P | undefined {
  return (
    policies.find((policy) => policy.name === name) ??
    policies.find(({ kind }) => kind === "online") ??
    policies[0]
  );
}

/** Ratios of each policy to one named baseline. */
export function ratiosAgainst(
  policies: readonly Costed[],
  name: string | undefined,
): { baseline: string; policies: PolicyRatio[] } {
  const baseline = baselineOf(policies, name);
  if (baseline === undefined) return { baseline: "", policies: [] };
  return {
    baseline: baseline.name,
    policies: policies.map(({ name, metrics, cost }) => ({
      name,
      rowsLearned: ratio(cost.rowsLearned, baseline.cost.rowsLearned, "rows learned"),
      cpuSeconds: ratio(cost.cpuSeconds, baseline.cost.cpuSeconds, "CPU seconds"),
      normalizedEntropy: ratioOf(metrics.normalizedEntropy, baseline.metrics.normalizedEntropy),
    })),
  };
}

function ratio(value: number, base: number, what: string): Figure {
  if (base > 0) return estimate(value / base, 1, `ratio of ${what}, one run`);
  return refusal("not-measured", `the baseline has ${base} ${what}`, "name a policy that learns first");
}

function ratioOf(figure: Figure, base: Figure): Figure {
  if ("refused" in figure) return figure;
  if ("refused" in base) return base;
  return estimate(figure.value / base.value, figure.rows, "ratio of normalized entropies");
}
