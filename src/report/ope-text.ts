import chalk from "chalk";
import type { Figure, Refusal } from "../core/figure.js";
import type { EvaluatedEstimator } from "../measure/ope/evaluate.js";
import type { WeightDiagnostics } from "../measure/ope/weight-diagnostics.js";
import { formatCount, formatTable } from "./format.js";

export interface OpeReport {
  policy: string;
  candidates: string;
  positionModel: string;
  rows: { evaluated: number; outside: number; pending: number; withoutCandidates: number; rejected: number };
  shown: { from: string; to: string };
  diagnostics: WeightDiagnostics | undefined;
  unseenMass: number;
  logged: Figure;
  refusals: readonly Refusal[];
  estimators: readonly EvaluatedEstimator[];
  notes: readonly string[];
}

/** Diagnostics first, then what stands against the estimates, then each with its name and interval. */
export function opeText(report: OpeReport): string {
  const { policy, candidates, positionModel, rows, shown, estimators, notes, logged } = report;
  const header = ["estimator", "value", "interval", "by", "std. error", "rows"];
  const lines = [
    lineOf({ estimator: "logged", figure: logged, intervalBy: "gaussian", intervals: [] }),
    ...estimators.map(lineOf),
  ];
  return [
    chalk.bold(`Off-policy value of ${policy}`),
    `${formatCount(rows.evaluated)} rows shown ${shown.from} to ${shown.to}; ${leftOut(rows)}`,
    `candidates: ${candidates}; position model: ${positionModel}`,
    "",
    ...diagnosticLines(report),
    "",
    ...report.refusals.flatMap(({ refused, reason, remedy }) => [
      `${chalk.bold("refused")}: ${refused}: ${reason}`,
      `  would help: ${remedy}`,
    ]),
    ...(report.refusals.length === 0 ? [] : [""]),
    formatTable(header, lines),
    "",
    ...otherIntervals(estimators),
    ...notes.map((note) => `note: ${note}`),
    "",
  ].join("\n");
}

function leftOut({ outside, pending, withoutCandidates, rejected }: OpeReport["rows"]): string {
  const parts = [
    [outside, "outside of --from and --to"],
    [pending, "without a known reward"],
    [withoutCandidates, "before anything was seen"],
    [rejected, "rejected"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, why]) => `${formatCount(count)} ${why}`);
  return said.length === 0 ? "none left out" : `left out: ${said.join(", ")}`;
}

function diagnosticLines({ diagnostics, unseenMass }: OpeReport): string[] {
  if (diagnostics === undefined) return ["weights: none, see below"];
  const { rows, effectiveSampleSize, effectiveShare, effectivePositives, largest, zeroShare } = diagnostics;
  const { mean, meanStandardError } = diagnostics;
  return [
    `effective sample size  ${effectiveSampleSize.toFixed(1)} of ${formatCount(rows)} rows (${percent(effectiveShare)})`,
    `effective rewards      ${effectivePositives.toFixed(1)}`,
    `largest weight         ${largest.toPrecision(4)}`,
    `mean weight            ${mean.toFixed(4)} ± ${meanStandardError.toFixed(4)} (should be 1)`,
    `overlap                ${percent(1 - zeroShare)} of the rows have weight; ${percent(unseenMass)} of the policy lies on items that were never shown`,
  ];
}

function lineOf({ estimator, figure, intervalBy, computed }: EvaluatedEstimator): string[] {
  if ("refused" in figure) {
    const came = computed === undefined ? "" : `(computed ${number(computed.value)})`;
    return [estimator, figure.refused, came, "", number(computed?.standardError), ""];
  }
  const { value, interval, rows } = figure;
  const ends = interval === undefined ? "none" : `${number(interval.low)} to ${number(interval.high)}`;
  const by = interval === undefined ? "" : `${percent(interval.confidence)} ${intervalBy ?? ""}`.trim();
  return [estimator, number(value), ends, by, number(computed?.standardError), formatCount(rows)];
}

/** Of the estimates that stand: what other methods make of the same rows, and when each holds. */
function otherIntervals(estimators: readonly EvaluatedEstimator[]): string[] {
  const lines = estimators.flatMap(({ estimator, intervals }) =>
    intervals.map((interval) => ({ estimator, ...interval })),
  );
  if (lines.length === 0) return [];
  const cells = lines.map(({ estimator, low, high, confidence, method }) => [
    estimator,
    `${number(low)} to ${number(high)}`,
    `${percent(confidence)} ${method}`,
  ]);
  const [header = "", rule = "", ...table] = formatTable(["other intervals", "", "by"], cells).split("\n");
  return [header, rule, ...table.map((line, at) => `${line}  holds ${lines[at]?.holds ?? ""}`), ""];
}

/** Four significant digits, without an exponent. */
function number(value: number | undefined): string {
  if (value === undefined) return "";
  if (value === 0) return "0";
  const places = Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(places);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
