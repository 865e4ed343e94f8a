import chalk from "chalk";
import type { Figure, Refusal } from "../core/figure.js";
import type { Quality } from "../measure/quality.js";
import { type DifferencesReport, differenceLines } from "./difference-lines.js";
import { formatCount, formatTable } from "./format.js";
import { type LearningReport, learningLines } from "./learning-lines.js";
import { qualityCells, qualityHeader } from "./quality-columns.js";

interface CompareReport {
  start: string;
  testRows: number;
  pendingRows: number;
  policies: readonly {
    name: string;
    learner: unknown;
    metrics: Quality;
    cost: { rowsLearned: number; cpuSeconds: number };
  }[];
  ratios: {
    baseline: string;
    policies: readonly { name: string; rowsLearned: Figure; cpuSeconds: Figure }[];
  };
  differences: DifferencesReport | Refusal;
  learning: LearningReport | Refusal;
  cost: { noise: Figure };
  notes: readonly string[];
}

/** Policies side by side: quality, cost, and cost as ratios to one named baseline. */
export function compareText(report: CompareReport): string {
  const { start, testRows, pendingRows, policies, ratios, differences, learning, cost, notes } = report;
  const [first] = policies;
  const rows = policies.map((policy, index) => {
    const ratio = ratios.policies[index];
    return [
      policy.learner === "common" ? policy.name : `${policy.name} *`,
      ...qualityCells(policy.metrics),
      formatCount(policy.cost.rowsLearned),
      times(ratio?.rowsLearned),
      policy.cost.cpuSeconds.toFixed(2),
      times(ratio?.cpuSeconds),
    ];
  });
  const header = [
    "policy",
    ...(first === undefined ? [] : qualityHeader(first.metrics)),
    "rows learned",
    "ratio",
    "CPU s",
    "ratio",
  ];
  const pending = pendingRows === 0 ? "" : `, ${formatCount(pendingRows)} of them without a label`;
  return [
    chalk.bold(`Compared on ${formatCount(testRows)} rows shown from ${start} on${pending}`),
    "",
    formatTable(header, rows),
    "",
    `ratio: to ${ratios.baseline}. CPU: learning and predicting, this run alone${spread(cost.noise)}.`,
    "",
    ...differenceLines(differences),
    "",
    ...learningLines(learning),
    "",
    ...notes.map((note) => `note: ${note}`),
    "",
  ].join("\n");
}

function times(figure: Figure | undefined): string {
  if (figure === undefined || "refused" in figure) return "-";
  return `${figure.value.toFixed(figure.value >= 10 ? 0 : 2)}x`;
}

function spread(noise: Figure): string {
  return "refused" in noise ? "" : `, whose noise is about ${(noise.value * 100).toFixed(0)} %`;
}
