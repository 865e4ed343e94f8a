import chalk from "chalk";
import type { Figure, Refusal } from "../core/figure.js";
import type { LearnerSpec } from "../core/model-spec.js";
import { formatCount, formatInterval, formatTable } from "./format.js";

export interface CandidateReport {
  /** Of every rate in unbatch.yaml. */
  rateTimes?: number | undefined;
  epochs?: number | undefined;
  l2?: number | undefined;
  batchSize?: number | undefined;
  normalizedLoss?: number;
  rowsLearned?: number;
  diverged?: string;
}

export interface TunedReport {
  name: string;
  chosen: CandidateReport;
  /** Of the lowest loss; not chosen where its gain is within noise. */
  best: CandidateReport;
  learner: LearnerSpec;
  settings: string;
  gain: Figure;
  toldApart: { worse: number; of: number } | Refusal;
  edges: { setting: string; side: "lowest" | "highest" }[];
  rowsLearned: number;
  /** In order; the first is what unbatch.yaml had. */
  tried: CandidateReport[];
}

export interface TuneReport {
  /** Scored rows were shown from here ... */
  from: string;
  /** ... to before this. */
  to: string;
  testBegins: string;
  rowsBefore: number;
  rowsScored: number;
  beginsFrom: "checkpoint" | "these rows";
  kernel: string;
  budget: number;
  checkpoint?: TunedReport;
  policies: TunedReport[];
}

/** The best settings of each policy, what they gain, and what to make of it. */
export function tuneText(report: TuneReport & { written: string | null }): string {
  const { from, to, testBegins, rowsScored, beginsFrom, budget, written } = report;
  const all = report.checkpoint === undefined ? report.policies : [report.checkpoint, ...report.policies];
  const header = [
    "policy",
    "rate",
    "epochs",
    "l2",
    "batch",
    "loss",
    "before",
    "gain, 95 %",
    "tried",
    "rows learned",
  ];
  const rows = all.map(({ name, chosen, tried, learner, gain, rowsLearned }) => [
    name,
    rateText(chosen, learner),
    String(chosen.epochs ?? "-"),
    String(chosen.l2 ?? "own"),
    String(chosen.batchSize ?? "-"),
    lossText(chosen),
    lossText(tried[0]),
    formatInterval(gain, 4) || "-",
    String(tried.length),
    formatCount(rowsLearned),
  ]);
  const begun =
    beginsFrom === "checkpoint"
      ? "begun from the checkpoint"
      : "begun from a model trained on the rows before them";
  return [
    chalk.bold(`Tuned on ${formatCount(rowsScored)} rows shown from ${from} to ${to}, ${begun}`),
    `The test of compare begins at ${testBegins}: nothing from then on was looked at. ${budget} settings for each.`,
    "",
    formatTable(header, rows),
    "",
    "loss: progressive, normalized (1 is the base rate's). before: with the settings as unbatch.yaml had them.",
    ...all.flatMap(noteLines),
    written === null ? "not written (--dry-run)" : `written: ${written}`,
    "",
  ].join("\n");
}

function noteLines({ name, chosen, best, tried, toldApart, edges }: TunedReport): string[] {
  const diverged = tried.filter((one) => one.diverged !== undefined);
  const isKept = chosen.normalizedLoss !== best.normalizedLoss;
  return [
    ...(isKept ? [`kept as it was: the best found (${candidateText(best)}) is within noise of it`] : []),
    ...("refused" in toldApart ? [`noise is not known: ${toldApart.reason}`] : []),
    ...("worse" in toldApart && toldApart.worse === 0
      ? [`all ${toldApart.of + 1} settings are within noise: any of them would do`]
      : []),
    ...(isKept ? [] : edges).map(
      ({ setting, side }) =>
        `the best ${setting} is the ${side} that was tried: a larger --budget may find a better one`,
    ),
    ...(diverged.length === 0
      ? []
      : [`${diverged.length} of ${tried.length} settings diverged; the first: ${diverged[0]?.diverged}`]),
  ].map((note) => `note: ${name}: ${note}`);
}

function candidateText({ rateTimes, epochs, l2, batchSize, normalizedLoss }: CandidateReport): string {
  const settings = [
    ...(rateTimes === undefined ? [] : [`rate x${rateTimes}`]),
    ...(epochs === undefined ? [] : [`epochs ${epochs}`]),
    ...(l2 === undefined ? [] : [`l2 ${l2}`]),
    ...(batchSize === undefined ? [] : [`batch ${batchSize}`]),
  ];
  return `${settings.join(", ")}: ${normalizedLoss?.toFixed(4) ?? "diverged"}`;
}

/** The rate itself where all terms have the same. */
function rateText({ rateTimes }: CandidateReport, { optimizers }: LearnerSpec): string {
  const rates = Object.values(optimizers).flatMap((one) => (one.kind === "frozen" ? [] : [one.rate]));
  const [rate, ...others] = new Set(rates);
  if (rate !== undefined && others.length === 0) return String(rate);
  return rateTimes === undefined ? "-" : `x${rateTimes}`;
}

function lossText(candidate: CandidateReport | undefined): string {
  return candidate?.normalizedLoss?.toFixed(4) ?? "diverged";
}
