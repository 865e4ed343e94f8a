import { formatCount } from "./format.js";

/** What a conversion proved; model.json and `convert --json` have it so. */
export interface ParityResult {
  source: "golden" | "log" | "generated";
  rows: number;
  maxAbsoluteDifference: number;
  tolerance: number;
  /** Row of the largest difference. */
  at: number;
  setAside?: number;
  encoded?: readonly string[];
  run?: ParityRun | { notMade: string; next: string };
  updates?: ParityUpdates | { notMade: string };
}

export interface ParityRun {
  framework: string;
  gives: "logits" | "probabilities";
  rows: number;
  maxAbsoluteDifference: number;
}

export interface ParityUpdates {
  updates: number;
  rows: number;
  maxAbsoluteDifference: number;
  largestMove: number;
  /** Tables that learn, and rested meanwhile: the source's optimizer has no memory of them. */
  atRest?: readonly string[];
  /** In their order: a row's score before it was learned, and after, by the source's optimizer and online. */
  steps?: readonly { row: number; label: number; before: number; source: number; online: number }[];
}

/** What was compared, what with the source's own framework and optimizer, or why not; each under its word. */
export function parityLines(parity: ParityResult): string[] {
  return parityParts(parity).map(({ word, text }) => `${word.padEnd(8)} ${text}`);
}

/** The same, in parts. */
export function parityParts(parity: ParityResult): { word: "parity" | "run" | "updates"; text: string }[] {
  const { run, updates } = parity;
  return [
    { word: "parity", text: scoresText(parity) },
    ...(run === undefined ? [] : [{ word: "run", text: runText(run) } as const]),
    ...(updates === undefined ? [] : [{ word: "updates", text: updatesText(updates) } as const]),
  ];
}

function scoresText(parity: ParityResult): string {
  const { source, rows, maxAbsoluteDifference, tolerance, at, setAside = 0, encoded = [] } = parity;
  const what = {
    golden: "golden rows, source tensors and online model against each other",
    log: "rows of the log, source tensors against online model",
    generated: "generated rows, source tensors against online model (give --golden or --log for real ones)",
  }[source];
  const aside = setAside === 0 ? "" : `; ${setAside} rows set aside`;
  const ids = encoded.length === 0 ? "" : `; encoded as the source did: ${encoded.join(", ")}`;
  return `largest difference ${maxAbsoluteDifference.toExponential(2)} at row ${at}, tolerance ${tolerance}: ${formatCount(rows)} ${what}${aside}${ids}`;
}

function runText(run: NonNullable<ParityResult["run"]>): string {
  if ("notMade" in run) return `not compared with the model itself: ${run.notMade}; next: ${run.next}`;
  const { framework, gives, rows, maxAbsoluteDifference: largest } = run;
  const beyond = gives === "probabilities" ? " beyond what a float32 probability tells" : "";
  return `largest difference ${largest.toExponential(2)}${beyond}: ${formatCount(rows)} rows by the model itself, in ${framework}`;
}

function updatesText(updates: NonNullable<ParityResult["updates"]>): string {
  if ("notMade" in updates) return `not compared with the source's optimizer: ${updates.notMade}`;
  const { maxAbsoluteDifference: largest, largestMove, atRest = [] } = updates;
  const rested =
    atRest.length === 0
      ? ""
      : `; ${atRest.join(", ")} rested, of which that has no memory (BatchNorm folded in, or a bias that the source has not)`;
  return `largest difference ${largest.toExponential(2)}: ${updates.updates} updates of ${updates.rows} rows, against the source's optimizer from its own slots (one moved its row by up to ${largestMove.toPrecision(3)})${rested}`;
}
