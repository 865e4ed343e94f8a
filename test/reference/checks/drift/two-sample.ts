import type { Refusal } from "../../../../src/core/figure.js";
import {
  type BinnedPair,
  binnedPair,
  categoryBins,
  equalWidthEdges,
  quantileEdges,
} from "../../../../src/measure/drift/bins.js";
import {
  type ChiSquareTest,
  chiSquareContingency,
  chiSquareGoodnessOfFit,
} from "../../../../src/measure/drift/chi-square.js";
import {
  jensenShannon,
  jensenShannonBits,
  jensenShannonDistance,
} from "../../../../src/measure/drift/jensen-shannon.js";
import { kolmogorovLimitTail, stephensTail } from "../../../../src/measure/drift/kolmogorov-limit.js";
import { ksGap, ksTest } from "../../../../src/measure/drift/ks.js";
import { ksAsymptoticTail } from "../../../../src/measure/drift/ks-asymptotic.js";
import { ksExactTail } from "../../../../src/measure/drift/ks-exact.js";
import { psi } from "../../../../src/measure/drift/psi.js";
import { type Sample, sampleOf, weightedSample } from "../../../../src/measure/drift/sample.js";
import { wasserstein } from "../../../../src/measure/drift/wasserstein.js";
import type { Tally } from "../../tally.js";
import type { BinnedExpectation, TwoSampleCase } from "./schema.js";

export function checkTwoSample(pair: TwoSampleCase, tally: Tally): void {
  const { name } = pair;
  if (pair.kind === "categorical") {
    const { categories, ...bins } = categoryBins(countsOf(pair.reference), countsOf(pair.current));
    tally.same(`${name}: categories`, categories, pair.categories);
    checkBins(name, bins, pair, ["name", "kind", "reference", "current", "categories"], tally);
    return;
  }
  if (pair.kind === "weighted_numeric") {
    const reference = weightedSample(pair.reference, pair.reference_weights);
    const current = weightedSample(pair.current, pair.current_weights);
    tally.nearTail(`${name}: wasserstein`, wasserstein(reference, current), pair.wasserstein);
    return;
  }
  if (pair.kind !== "numeric") {
    tally.skip(name, "no such kind here");
    return;
  }
  const [reference, current] = [sampleOf(pair.reference), sampleOf(pair.current)];
  checkKs(name, reference, current, pair.ks, tally);
  tally.nearTail(`${name}: wasserstein`, wasserstein(reference, current), pair.wasserstein);
  for (const [key, edgesOf] of [
    ["quantile10", quantileEdges],
    ["equal_width10", equalWidthEdges],
  ] as const) {
    const expected = pair[key];
    const edges = edgesOf(reference, 10);
    tally.same(`${name} ${key}: number of edges`, edges.length, expected.edges?.length);
    expected.edges?.forEach((edge, index) => {
      tally.nearTail(`${name} ${key}: edge ${index}`, edges[index], edge);
    });
    checkBins(`${name} ${key}`, binnedPair(reference, current, edges), expected, ["edges"], tally);
  }
}

function checkKs(
  name: string,
  reference: Sample,
  current: Sample,
  expected: Record<string, number>,
  tally: Tally,
): void {
  const [n, m] = [reference.total, current.total];
  const gap = ksGap(reference, current);
  const statistic = gap / (n * m);
  const found: Record<string, number> = {
    statistic,
    p_value_exact: ksExactTail(gap, n, m),
    p_value_scipy_asymp: ksAsymptoticTail(statistic, n, m),
    p_value_kolmogorov_limit: kolmogorovLimitTail(statistic, n, m),
    p_value_stephens: stephensTail(statistic, n, m),
  };
  compareAll(`${name}: ks`, found, expected, tally);
  const test = ksTest(reference, current);
  tally.nearTail(`${name}: ksTest`, "refused" in test ? test : test.pValue, expected["p_value_exact"]);
}

function checkBins(
  where: string,
  bins: BinnedPair,
  expected: BinnedExpectation,
  elsewhere: readonly string[],
  tally: Tally,
): void {
  const nats = jensenShannon(bins);
  const bits = jensenShannonBits(bins);
  const figures = {
    "psi_clip1e-4": psi(bins, "clip"),
    "psi_laplace0.5": psi(bins, "laplace"),
    psi_raw: psi(bins, "none"),
    js_divergence_nats: nats,
    js_divergence_bits: bits,
    js_distance_nats: jensenShannonDistance(nats),
    js_distance_bits: jensenShannonDistance(bits),
  };
  const tests = {
    chi2_contingency: chiSquareContingency(bins),
    chi2_goodness_of_fit: chiSquareGoodnessOfFit(bins),
  };
  tally.same(`${where}: counts_reference`, [...bins.reference], expected.counts_reference);
  tally.same(`${where}: counts_current`, [...bins.current], expected.counts_current);
  for (const [key, figure] of Object.entries(figures))
    tally.nearTail(`${where}: ${key}`, figure, expected[key] as number | null | undefined);
  for (const [key, test] of Object.entries(tests))
    compareTest(`${where}: ${key}`, test, expected[key], tally);
  const known = [
    "counts_reference",
    "counts_current",
    ...Object.keys({ ...figures, ...tests }),
    ...elsewhere,
  ];
  tally.same(`${where}: what is compared`, known.sort(), Object.keys(expected).sort());
}

function compareTest(where: string, test: ChiSquareTest | Refusal, expected: unknown, tally: Tally): void {
  if ("refused" in test || expected === null || expected === undefined) {
    tally.nearTail(where, "refused" in test ? test : test.statistic, expected as null | undefined);
    return;
  }
  const { empty_bins_dropped, dof, ...numbers } = expected as Record<string, number>;
  tally.same(`${where} dof`, test.degreesOfFreedom, dof);
  if (empty_bins_dropped !== undefined)
    tally.same(`${where} empty_bins_dropped`, test.emptyBinsDropped, empty_bins_dropped);
  compareAll(where, { statistic: test.statistic, p_value: test.pValue }, numbers, tally);
}

/** Every number of either side, by name. */
function compareAll(
  where: string,
  found: Record<string, number>,
  expected: Record<string, number>,
  tally: Tally,
): void {
  for (const key of new Set([...Object.keys(found), ...Object.keys(expected)]))
    tally.nearTail(`${where} ${key}`, found[key], expected[key]);
}

function countsOf(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
