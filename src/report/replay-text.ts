import chalk from "chalk";
import type { Figure, Refusal } from "../core/figure.js";
import type { Quality } from "../measure/quality.js";
import { formatCount, formatFigure, formatTable } from "./format.js";
import { qualityCells, qualityHeader } from "./quality-columns.js";
import { type UsageReport, usageLines } from "./usage-lines.js";

interface LedgerReport {
  read: number;
  drawn?: number;
  notDrawn?: number;
  predicted: number;
  scored: number;
  learned: number;
  held: number;
  pending: number;
  rejected: number;
  rejectedBy: Readonly<Record<string, number>>;
}

interface TermReport {
  term: string;
  gradientNorm: Figure;
  effectiveRate: Figure;
}

interface DriftReport {
  detectors: readonly {
    detector: string;
    learner: { at: readonly string[] };
    shadow: { at: readonly string[] } | Refusal;
  }[];
}

interface StabilityReport {
  since: string;
  at: string;
  tables: readonly { table: string; shareUntouched: Figure; neighbourOverlap: Figure }[];
}

interface ReplayReport {
  frozen: boolean;
  kernel: string;
  overall: { rows: number; metrics: Quality };
  windows: readonly { start: string; rows: number; metrics: Quality }[];
  learning: readonly { terms: readonly TermReport[] }[];
  catalogue?: CatalogueReport;
  ledger: LedgerReport;
  probe?: { rowsHeld: number; looks: readonly { all: { whenShown: Figure; now: Figure } }[] };
  drift: DriftReport | Refusal;
  stability?: readonly StabilityReport[];
  cost: UsageReport;
  notes: readonly string[];
}

interface CatalogueReport {
  share: number;
  ranked: number;
  newItems: number;
  tooManyItems: number;
  knownItems: number;
}

/** More windows than a person reads are in run.json. */
const WINDOWS_SHOWN = 40;

/** What a person sees after a replay: each window, the whole, and where every row went. */
export function replayText(report: ReplayReport): string {
  const { overall, windows, notes } = report;
  const shown = windows.slice(-WINDOWS_SHOWN);
  const table = formatTable(
    ["window", "rows", ...qualityHeader(overall.metrics)],
    [...shown.map((one) => qualityRow(one.start.replace("T00:00:00Z", ""), one)), qualityRow("all", overall)],
  );
  const hidden = windows.length - shown.length;
  const hints = [...(hidden > 0 ? [`${formatCount(hidden)} earlier windows are in run.json`] : []), ...notes];
  const title = report.frozen
    ? "Replay, frozen: each row scored by the model as it was"
    : "Replay: each row scored, then learned";
  return [
    ...[chalk.bold(title), `kernel ${report.kernel}`, "", table, ""],
    ...catalogueLines(report.catalogue),
    ...ledgerLines(report.ledger),
    ...termLines(report.learning.at(-1)?.terms ?? []),
    ...probeLines(report.probe),
    ...driftLines(report.drift),
    ...stabilityLines(report.stability ?? []),
    ...usageLines(report.cost),
    ...hints.map((hint) => `note: ${hint}`),
    "",
  ].join("\n");
}

function qualityRow(name: string, { rows, metrics }: { rows: number; metrics: Quality }): string[] {
  return [name, formatCount(rows), ...qualityCells(metrics)];
}

function ledgerLines({
  read,
  drawn,
  notDrawn = 0,
  predicted,
  scored,
  learned,
  held,
  pending,
  rejected,
  rejectedBy,
}: LedgerReport): string[] {
  const kept = held === 0 ? "" : ` + held ${formatCount(held)}`;
  const negatives = drawn === undefined ? "" : ` + drawn ${formatCount(drawn)}`;
  return [
    `read ${formatCount(read)}${negatives} = predicted ${formatCount(predicted)} + rejected ${formatCount(rejected)}`,
    `predicted = scored ${formatCount(scored)} + pending ${formatCount(pending)} (no label by the end)`,
    `scored = learned ${formatCount(learned)}${kept}`,
    ...Object.entries(rejectedBy).map(([reason, count]) => `  ${reason}: ${formatCount(count)}`),
    ...(notDrawn === 0 ? [] : [`negatives that were not to be had: ${formatCount(notDrawn)}`]),
  ];
}

function catalogueLines(catalogue: CatalogueReport | undefined): string[] {
  if (catalogue === undefined) return [];
  const { share, ranked, newItems, tooManyItems, knownItems } = catalogue;
  const which = share === 1 ? "" : ` (a seeded share of ${share.toPrecision(2)})`;
  const tooMany = tooManyItems === 0 ? "" : `; ${formatCount(tooManyItems)} more had too many items to rank`;
  return [
    `HR, NDCG and MRR: ${formatCount(ranked)} events${which} ranked among all items known by then, ${formatCount(knownItems)} at the end; ${formatCount(newItems)} more took an item not known yet${tooMany}`,
  ];
}

function termLines(terms: readonly TermReport[]): string[] {
  return terms.map(
    ({ term, gradientNorm, effectiveRate }) =>
      `${term}: gradient norm ${formatFigure(gradientNorm, 4)}, effective rate ${formatFigure(effectiveRate, 5)} at the end`,
  );
}

function probeLines(probe: ReplayReport["probe"]): string[] {
  const last = probe?.looks.at(-1)?.all;
  if (probe === undefined || last === undefined) return [];
  return [
    `probe: loss on ${formatCount(probe.rowsHeld)} rows never learned: ${formatFigure(last.whenShown, 5)} when shown, ${formatFigure(last.now, 5)} by the model at the end`,
  ];
}

function driftLines(drift: DriftReport | Refusal): string[] {
  if ("refused" in drift) return [`drift of the loss: ${drift.refused}: ${drift.reason}`];
  const counts = drift.detectors.map(
    ({ detector, learner, shadow }) =>
      `${detector} ${learner.at.length} (frozen shadow ${"refused" in shadow ? "not measured" : shadow.at.length})`,
  );
  return [`alarms on the loss: ${counts.join(", ")}; a learner that still improves alarms too`];
}

/** Of the last look; the others are in run.json. */
function stabilityLines(looks: readonly StabilityReport[]): string[] {
  const last = looks.at(-1);
  if (last === undefined) return [];
  return last.tables.map(
    ({ table, shareUntouched, neighbourOverlap }) =>
      `embeddings ${table}, ${last.since} to ${last.at}: untouched ${formatFigure(shareUntouched, 3)}, same nearest neighbours ${formatFigure(neighbourOverlap, 3)}`,
  );
}
