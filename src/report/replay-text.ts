import chalk from "chalk";
import type { Quality } from "../measure/quality.js";
import { formatCount, formatTable } from "./format.js";
import { qualityCells, qualityHeader } from "./quality-columns.js";

interface ReplayReport {
  frozen: boolean;
  kernel: string;
  overall: { rows: number; metrics: Quality };
  windows: readonly { start: string; rows: number; metrics: Quality }[];
  ledger: {
    read: number;
    predicted: number;
    scored: number;
    learned: number;
    pending: number;
    rejected: number;
    rejectedBy: Readonly<Record<string, number>>;
  };
}

/** What a person sees after a replay: each window, the whole, and where every row went. */
export function replayText({ frozen, kernel, overall, windows, ledger }: ReplayReport): string {
  const row = (name: string, rows: number, metrics: Quality): string[] => [
    name,
    formatCount(rows),
    ...qualityCells(metrics),
  ];
  const table = formatTable(
    ["window", "rows", ...qualityHeader(overall.metrics)],
    [
      ...windows.map(({ start, rows, metrics }) => row(start.replace("T00:00:00Z", ""), rows, metrics)),
      row("all", overall.rows, overall.metrics),
    ],
  );
  const { read, predicted, scored, learned, pending, rejected, rejectedBy } = ledger;
  const counts = [
    `read ${formatCount(read)} = predicted ${formatCount(predicted)} + rejected ${formatCount(rejected)}`,
    `predicted = scored ${formatCount(scored)} + pending ${formatCount(pending)} (no label by the end)`,
    `learned ${formatCount(learned)}`,
  ];
  const reasons = Object.entries(rejectedBy).map(([reason, count]) => `  ${reason}: ${formatCount(count)}`);
  const title = frozen
    ? "Replay, frozen: each row scored by the model as it was"
    : "Replay: each row scored, then learned";
  return [chalk.bold(title), `kernel ${kernel}`, "", table, "", ...counts, ...reasons, ""].join("\n");
}
