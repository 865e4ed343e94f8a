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
    learned: number;
    pending: number;
    rejected: number;
    rejectedBy: Readonly<Record<string, number>>;
  };
  notes: readonly string[];
}

/** More windows than a person reads are in run.json. */
const WINDOWS_SHOWN = 40;

/** What a person sees after a replay: each window, the whole, and where every row went. */
export function replayText({ frozen, kernel, overall, windows, ledger, notes }: ReplayReport): string {
  const row = (name: string, rows: number, metrics: Quality): string[] => [
    name,
    formatCount(rows),
    ...qualityCells(metrics),
  ];
  const shown = windows.slice(-WINDOWS_SHOWN);
  const table = formatTable(
    ["window", "rows", ...qualityHeader(overall.metrics)],
    [
      ...shown.map(({ start, rows, metrics }) => row(start.replace("T00:00:00Z", ""), rows, metrics)),
      row("all", overall.rows, overall.metrics),
    ],
  );
  const { read, predicted, learned, pending, rejected, rejectedBy } = ledger;
  const counts = [
    `read ${formatCount(read)} = predicted ${formatCount(predicted)} + rejected ${formatCount(rejected)}`,
    `predicted = learned ${formatCount(learned)} + pending ${formatCount(pending)}`,
  ];
  const reasons = Object.entries(rejectedBy).map(([reason, count]) => `  ${reason}: ${formatCount(count)}`);
  const hidden = windows.length - shown.length;
  const hints = [...(hidden > 0 ? [`${formatCount(hidden)} earlier windows are in run.json`] : []), ...notes];
  const title = frozen
    ? "Replay, frozen: each row scored by the model as it was"
    : "Replay: each row scored, then learned";
  const lines = [chalk.bold(title), `kernel ${kernel}`, "", table, "", ...counts, ...reasons];
  return [...lines, ...hints.map((hint) => `note: ${hint}`), ""].join("\n");
}
