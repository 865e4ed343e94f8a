import { estimate, type Figure, type Refusal, refusal } from "../../core/figure.js";
import { chiSquareContingency } from "./chi-square.js";
import { featureBins } from "./feature-bins.js";
import { jensenShannonBits, jensenShannonDistance } from "./jensen-shannon.js";
import { ksTest } from "./ks.js";
import { type NewCategories, newCategories } from "./new-categories.js";
import { type Observed, rowsOf } from "./observed.js";
import { psi, psiWithoutDrift } from "./psi.js";
import { standardDeviation } from "./sample.js";
import { wasserstein } from "./wasserstein.js";

/** How far one feature of two logs is apart, and how surprising that is: effect sizes first. */
export interface FeatureDrift {
  kind: Observed["kind"];
  rows: { reference: number; current: number };
  missingShare: { reference: number; current: number };
  /** Over deciles of the reference or categories, half a row added to each bin. */
  psi: Figure;
  /** What PSI would be expected to be without drift, at these rows and bins. */
  psiWithoutDrift: number;
  /** In [0, 1], base 2, over the same bins. */
  jensenShannonDistance: Figure;
  numeric?: { ks: Figure; wasserstein: Figure; wassersteinInDeviations: Figure };
  categorical?: NewCategories & { rareCategories: number; rareShare: number };
  /** Each asks whether both logs have one distribution, in its own way. */
  tests: { name: string; pValue: number }[];
  /** Smallest p-value of the tests times their number: Bonferroni. */
  pValue: number;
}

/** Two-row samples have an answer to everything: below this there is none. */
export const DEFAULT_MIN_ROWS = 100;

/**
 * Compares a feature of a reference and a current log. Tests: chi-square over the bins, with Kolmogorov-Smirnov for
 * numbers, and the share of new categories where there is a long tail. Rows are taken to be independent, which those of
 * one user are not: p-values are too small then, and effect sizes stand. Refused below `minRows` rows on either side,
 * for kinds that differ, and where every category is too rare to count. O(n log n).
 */
export function featureDrift(
  reference: Observed,
  current: Observed,
  minRows: number = DEFAULT_MIN_ROWS,
): FeatureDrift | Refusal {
  const rows = { reference: rowsOf(reference), current: rowsOf(current) };
  const fewest = Math.min(rows.reference, rows.current);
  if (fewest === 0) {
    const side = rows.reference === 0 ? "reference" : "current rows";
    return refusal("no-rows", `no events in the ${side}`, "give logs with events, or a longer --window");
  }
  if (fewest < minRows)
    return refusal(
      "too-few-rows",
      `${fewest} rows; ${minRows} are needed`,
      "give more rows, or a longer --window",
    );
  if (reference.missing === rows.reference && current.missing === rows.current)
    return refusal("no-rows", "no row of either log has a value", "check the column, or leave it out");
  const binned = featureBins(reference, current);
  if (binned === undefined)
    return refusal("not-measured", "numbers in one log, categories in the other", "write one type");
  const { bins, rareCategories, rareShare } = binned;
  if (rareShare === 1)
    return refusal(
      "too-few-rows",
      `none of ${rareCategories} categories has 5 rows to be expected in each log`,
      "give more rows, or leave the column out: ids of single rows cannot be compared",
    );
  const chiSquare = chiSquareContingency(bins);
  if ("refused" in chiSquare) return chiSquare;
  const numeric = numericOf(reference, current);
  const categories =
    reference.kind === "categorical" && current.kind === "categorical"
      ? { ...newCategories(reference.counts, current.counts), rareCategories, rareShare }
      : undefined;
  const tests = [
    { name: "chi-square over bins", pValue: chiSquare.pValue },
    ...(numeric?.test ?? []),
    ...(categories !== undefined && rareCategories > 0 && "value" in categories.pValue
      ? [{ name: "share of new categories", pValue: categories.pValue.value }]
      : []),
  ];
  return {
    kind: reference.kind,
    rows,
    missingShare: {
      reference: reference.missing / rows.reference,
      current: current.missing / rows.current,
    },
    psi: psi(bins, "laplace"),
    psiWithoutDrift: psiWithoutDrift(bins),
    jensenShannonDistance: jensenShannonDistance(jensenShannonBits(bins)),
    ...(numeric === undefined ? {} : { numeric: numeric.effects }),
    ...(categories === undefined ? {} : { categorical: categories }),
    tests,
    pValue: Math.min(1, tests.length * Math.min(...tests.map(({ pValue }) => pValue))),
  };
}

function numericOf(
  reference: Observed,
  current: Observed,
): { effects: NonNullable<FeatureDrift["numeric"]>; test: FeatureDrift["tests"] } | undefined {
  if (reference.kind !== "numeric" || current.kind !== "numeric") return undefined;
  const rows = reference.values.rows + current.values.rows;
  const ks = ksTest(reference.values, current.values);
  const distance = wasserstein(reference.values, current.values);
  const deviation = standardDeviation(reference.values);
  const inDeviations = (): Figure => {
    if ("refused" in distance) return distance;
    if (deviation > 0) return estimate(distance.value / deviation, rows, "Wasserstein / standard deviation");
    return refusal("not-measured", "the reference is constant", "read the distance in the feature's unit");
  };
  return {
    effects: {
      ks: "refused" in ks ? ks : estimate(ks.statistic, rows, "Kolmogorov-Smirnov distance"),
      wasserstein: distance,
      wassersteinInDeviations: inDeviations(),
    },
    test: "refused" in ks ? [] : [{ name: ks.estimator, pValue: ks.pValue }],
  };
}
