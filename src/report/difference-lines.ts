import type { Figure, Refusal } from "../core/figure.js";
import { formatFigure, formatInterval, formatTable } from "./format.js";

interface DifferenceReport {
  policy: string;
  difference: Figure;
  adjustedPValue: Figure;
  verdict: string;
}

export interface DifferencesReport {
  baseline: string;
  normalizedEntropy: readonly DifferenceReport[];
  rocAuc: readonly DifferenceReport[];
}

/** Each policy less the baseline on the same slices, with an interval, and p-values adjusted for their number. */
export function differenceLines(differences: DifferencesReport | Refusal): string[] {
  if ("refused" in differences) return [`differences: ${differences.refused}: ${differences.reason}`];
  const { baseline, normalizedEntropy, rocAuc } = differences;
  const refusals = [...normalizedEntropy, ...rocAuc].map(({ difference }) => difference);
  const first = refusals.find((figure) => "refused" in figure);
  if (first !== undefined && refusals.every((figure) => "refused" in figure))
    return [`differences to ${baseline}: ${first.refused}: ${first.reason}`];
  const isJudged = [...normalizedEntropy, ...rocAuc].some(({ verdict }) => verdict !== "untuned");
  const judged = isJudged ? ["verdict"] : [];
  const rows = normalizedEntropy.map(({ policy, difference, adjustedPValue, verdict }, index) => [
    policy,
    formatFigure(difference, 4),
    formatInterval(difference, 4),
    pValueText(adjustedPValue),
    ...(isJudged ? [verdict] : []),
    formatFigure(rocAuc[index]?.difference, 4),
    formatInterval(rocAuc[index]?.difference, 4),
    pValueText(rocAuc[index]?.adjustedPValue),
    ...(isJudged ? [rocAuc[index]?.verdict ?? ""] : []),
  ]);
  return [
    `Differences to ${baseline} on the same slices: 95 % intervals by t over groups of slices, p by Holm; one look.`,
    formatTable(
      ["policy", "NE", "interval", "p", ...judged, "AUC (mean of slices)", "interval", "p", ...judged],
      rows,
    ),
  ];
}

function pValueText(figure: Figure | undefined): string {
  return figure !== undefined && "value" in figure && figure.value < 0.001
    ? "<0.001"
    : formatFigure(figure, 3);
}
