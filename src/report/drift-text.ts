import chalk from "chalk";
import type { Refusal } from "../core/figure.js";
import type { LossShift } from "../measure/drift/loss-shift.js";
import type { Judged, Verdict } from "../measure/drift/verdict.js";
import { formatCount, formatFigure, formatTable } from "./format.js";

type Feature = { role: "feature" | "label" | "prediction"; name: string } & Judged;

interface DriftReport {
  comparisons: readonly {
    reference: string;
    current: string;
    features: readonly Feature[];
    loss?: LossShift | Refusal;
  }[];
  summary: Readonly<Record<Verdict | "refused", number>>;
  notes: readonly string[];
}

const HEADER = ["", "rows", "rows now", "PSI", "by chance", "JS", "KS", "new", "p (BH)", "verdict"];

/** Each comparison as a table: how far apart, then how surprising, then the verdict; refusals with their reason. */
export function driftText({ comparisons, summary, notes }: DriftReport): string {
  const counts = Object.entries(summary)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  return [
    ...comparisons.flatMap(({ reference, current, features, loss }) => [
      chalk.bold(`${current} beside ${reference}`),
      "",
      formatTable(HEADER, features.map(cellsOf)),
      ...refusals(features),
      ...lossLines(loss),
      "",
    ]),
    `verdicts: ${counts.join(", ")}`,
    "PSI and the Jensen-Shannon distance over deciles or categories; p of the hypothesis that nothing changed,",
    "adjusted over all verdicts (Benjamini-Hochberg). docs/drift.md says when each of them lies.",
    ...notes.map((note) => `note: ${note}`),
    "",
  ].join("\n");
}

function cellsOf(feature: Feature): string[] {
  if ("refused" in feature) return [feature.name, ...Array<string>(8).fill(""), feature.refused];
  const { rows, psi, psiWithoutDrift, jensenShannonDistance, numeric, categorical } = feature;
  return [
    feature.name,
    formatCount(rows.reference),
    formatCount(rows.current),
    formatFigure(psi, 3),
    psiWithoutDrift.toFixed(3),
    formatFigure(jensenShannonDistance, 3),
    formatFigure(numeric?.ks, 3),
    categorical === undefined ? "" : `${(100 * categorical.appeared.share).toFixed(1)} %`,
    formatProbability(feature.adjustedPValue),
    feature.verdict === "drift" ? chalk.red(feature.verdict) : feature.verdict,
  ];
}

function formatProbability(p: number): string {
  if (p < 1e-300) return "< 1e-300";
  return p < 0.0005 ? p.toExponential(0) : p.toFixed(3);
}

function refusals(features: readonly Feature[]): string[] {
  return features.flatMap((feature) =>
    "refused" in feature ? [`${feature.name}: ${feature.reason}; ${feature.remedy}`] : [],
  );
}

function lossLines(loss: LossShift | Refusal | undefined): string[] {
  if (loss === undefined) return [];
  if ("refused" in loss) return [`loss: ${loss.refused}: ${loss.reason}; ${loss.remedy}`];
  const { reference, current, change, fromScores, fromCalibration } = loss;
  const signed = (value: number): string => `${value < 0 ? "" : "+"}${value.toFixed(5)}`;
  const { low, high } = change.interval ?? { low: Number.NaN, high: Number.NaN };
  return [
    `mean loss ${reference.loss.toFixed(5)} (${formatCount(reference.rows)} rows) to ${current.loss.toFixed(5)} ` +
      `(${formatCount(current.rows)} rows): ${signed(change.value)}, 95 % interval ${signed(low)} to ${signed(high)} ` +
      "if rows are independent",
    `  = ${signed(fromScores.value)} from other scores ${signed(fromCalibration.value)} from other losses at the same scores`,
  ];
}
