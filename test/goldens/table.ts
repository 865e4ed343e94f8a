import type { Golden, Proof } from "./golden.js";
import { TOLERANCE } from "./golden.js";
import { type Outcome, outcomesOf } from "./outcomes.js";
import { reasonWithout } from "./without.js";

/** In float64 the order of a sum alone makes such differences: which of them it is says nothing. */
const ROUNDING = 1e-12;

/** A file of the table of docs/formats.md, with the goldens that it was held to. */
export interface Row extends Outcome {
  proofs: { golden: Golden; proof: Proof }[];
}

/** Every file of the folders, and every golden of it proved. Error: a golden of no file that is read. */
export async function rowsOf(roots: readonly string[], goldens: readonly Golden[]): Promise<Row[]> {
  const rows: Row[] = [];
  const left = new Set(goldens);
  for (const root of roots) {
    for (const outcome of await outcomesOf(root)) {
      const proofs: Row["proofs"] = [];
      for (const golden of goldens.filter(
        ({ file }) => outcome.outcome === "read" && file === outcome.file,
      )) {
        left.delete(golden);
        proofs.push({ golden, proof: await golden.prove(outcome.path) });
      }
      rows.push({ ...outcome, proofs });
    }
  }
  const [lost] = left;
  if (lost !== undefined) throw new Error(`a golden of ${lost.file}, which is not read`);
  return rows;
}

/** Markdown: how many of each, then a line a file. */
export function tableOf(rows: readonly Row[]): string[] {
  const count = (of: (row: Row) => boolean): number => rows.filter(of).length;
  const [read, refused, beside] = (["read", "refused", "beside"] as const).map((outcome) =>
    count((row) => row.outcome === outcome),
  );
  const proved = count(({ proofs }) => proofs.length > 0);
  return [
    `${read} files are read, ${refused} refused, ${beside} are no checkpoints. ${proved} of those read have a parity figure, the others a reason why there is none.`,
    "",
    "| file | | what it holds, or why not | parity |",
    "|---|---|---|---|",
    ...rows.map(lineOf),
  ];
}

export function lineOf(row: Row): string {
  const outcome = row.outcome === "beside" ? "-" : row.outcome;
  return `| ${[row.file, outcome, row.why, parityOf(row)].map((cell) => cell.replaceAll("|", "\\|").replace(/\s+/g, " ")).join(" | ")} |`;
}

function parityOf({ file, outcome, proofs, wayRound }: Row): string {
  if (outcome === "beside") return "";
  if (outcome === "refused") return wayRound === undefined ? "none" : `none; the way round: ${wayRound}`;
  if (proofs.length === 0) return `none: ${reasonWithout(file) ?? "?"}`;
  return proofs.map(({ golden, proof }) => proofText(golden, proof)).join("; ");
}

function proofText({ against, tolerance, because }: Golden, { difference, compared, unit }: Proof): string {
  const within =
    tolerance === TOLERANCE ? "" : `, within ${tolerance === 0 ? "0" : tolerance.toPrecision(2)}: ${because}`;
  const isRounding = unit === "rows" && difference < ROUNDING;
  const figure = isRounding ? "below 1e-12" : difference === 0 ? "0" : difference.toExponential(1);
  return `**${figure}** over ${compared} ${unit}: ${against}${within}`;
}
