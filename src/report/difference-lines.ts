import type { Figure, Refusal } from "../core/figure.js";
import { formatFigure, formatInterval, formatTable } from "./format.js";

interface DifferenceReport {
  policy: string;
  difference: Figure;
  adjustedPValue: Figure;
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
  const rows = normalizedEntropy.map(({ policy, difference, adjustedPValue }, index) => [
    policy,
    formatFigure(difference, 4),
    formatInterval(difference, 4),
    pValueText(adjustedPValue),
    formatFigure(rocAuc[index]?.difference, 4),
    formatInterval(rocAuc[index]?.difference, 4),
    pValueText(rocAuc[index]?.adjustedPValue),
  ]);
  return [
    `Differences to ${baseline} on the same slices: 95 % intervals by t over groups of slices, p by Holm; one look.`,
    formatTable(["policy", "NE", "interval", "p", "AUC (mean of slices)", "interval", "p"], rows),
  ];
}

function pValueText(figure: Figure | undefined): string {
  return figure !== undefined && "value" in figure && figure.value < 0.001
    ? "<0.001"
    : formatFigure(figure, 3);
}
