import { UnbatchError } from "../../core/errors.js";
import type { OnlineModel } from "../../model/model.js";
import type { ParityReport, RowScores } from "../../model/record.js";
import type { Bound, Source } from "../bound.js";
import { onlineScores } from "./online-score.js";
import { type Logged, type LoggedValue, loggedAt, type ParityRows } from "./rows.js";
import { distance, type SourceRun } from "./run/source-run.js";
import { sourceScorer } from "./source-score.js";

/** Rows whose scores are kept in model.json. */
const MOST_SHOWN = 50;

export interface Parity {
  report: ParityReport;
  /** Every row that was compared. */
  rows: readonly RowScores[];
  /** The row of the largest difference. */
  worst: {
    online: number;
    source: number;
    /** By the source's own pipeline, or its framework. */
    own?: number;
    values: ReadonlyMap<string, string | number | undefined>;
  };
  /** Rows that neither path can score (a missing value and no rule for it). */
  setAside: number;
}

/**
 * Scores every row twice: from the source tensors, and through the online model; where the source model's own
 * scores are given, or its framework ran it, both are compared with them too, calibrated. The largest of all differences
 * counts.
 * Errors: no row to compare, a golden row that cannot be encoded.
 */
export function compareScores(
  source: Source,
  bound: Bound,
  model: OnlineModel,
  rows: ParityRows,
  tolerance: number,
  run?: SourceRun,
): Parity {
  // One after the other, so that the tables of both need not be there at once.
  const online = onlineScores(model, rows);
  const sourceScore = sourceScorer(source, bound);
  const { scale, shift } = bound.calibration;
  const compared: RowScores[] = [];
  let largest = -1;
  let at = 0;
  const ran = { rows: 0, largest: 0 };
  for (let row = 0; row < rows.rows; row++) {
    const reason = online.reasons[row];
    const fromSource = sourceScore(rows.columns, row);
    if (reason !== undefined && fromSource === undefined) {
      if (rows.kind === "golden") throw unscorable(row, reason);
      continue;
    }
    const scores: RowScores = {
      row,
      source: fromSource ?? Number.NaN,
      online: reason === undefined ? (online.scores[row] ?? Number.NaN) : Number.NaN,
    };
    if (rows.golden !== undefined) scores.golden = scale * (rows.golden[row] ?? Number.NaN) + shift;
    let difference = spread([scores.source, scores.online, scores.golden ?? scores.online]);
    const byFramework = run?.scores[row];
    if (byFramework !== undefined) {
      scores.run = byFramework.logit;
      const apart = distance(byFramework, scores.online);
      ran.rows += 1;
      ran.largest = Math.max(ran.largest, apart);
      difference = Math.max(difference, apart);
    }
    compared.push(scores);
    if (difference > largest) [largest, at] = [difference, compared.length - 1];
  }
  const worst = compared[at];
  if (worst === undefined) {
    throw new UnbatchError({
      found: `none of ${rows.rows} rows can be scored (${online.reasons[0] ?? "no rows"})`,
      where: `parity on ${rows.kind} rows`,
      expected: "rows with a value for every feature",
      next: "give other rows with --log or --golden, or set `missing` for the features in unbatch.yaml",
    });
  }
  const own = worst.golden ?? worst.run;
  const report: ParityReport = {
    ...{ source: rows.kind, rows: compared.length, maxAbsoluteDifference: largest, tolerance },
    at: worst.row,
    scores: compared.slice(0, MOST_SHOWN),
  };
  if (run !== undefined) {
    const { framework, gives } = run;
    report.run = { framework, gives, rows: ran.rows, maxAbsoluteDifference: ran.largest };
  }
  return {
    report,
    rows: compared,
    worst: {
      online: worst.online,
      source: worst.source,
      ...(own === undefined ? {} : { own }),
      values: new Map(
        model.spec.features.map(({ column }) => [
          column,
          shownValue(loggedAt(rows.columns.get(column), worst.row)),
        ]),
      ),
    },
    setAside: rows.rows - compared.length,
  };
}

function shownValue(logged: Logged): LoggedValue {
  return typeof logged === "object" ? `[${logged.join(", ")}]` : logged;
}

/** Largest minus smallest; infinite where one is not a number. */
function spread(scores: readonly number[]): number {
  if (!scores.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  return Math.max(...scores) - Math.min(...scores);
}

function unscorable(row: number, reason: string): UnbatchError {
  return new UnbatchError({
    where: `golden row ${row}`,
    found: `a value that cannot be encoded (${reason})`,
    expected: "values that the features of unbatch.yaml accept",
    next: "correct the encoder's `unknown`, `missing` or `outOfRange`, or the golden file",
  });
}

/** Nothing may be written past this: exit code 1, with the row and both scores. */
export function requireParity(
  { report, worst }: Parity,
  where: string,
  /** What unbatch.yaml could say so that the golden scores are met. */
  fitting: () => string | undefined = () => undefined,
): void {
  if (report.maxAbsoluteDifference <= report.tolerance) return;
  const values = [...worst.values].map(([column, value]) => `${column} = ${value ?? "missing"}`).join(", ");
  const own =
    worst.own === undefined
      ? ""
      : `, ${report.source === "golden" ? "golden" : "its own framework"} ${worst.own}`;
  throw new UnbatchError(
    {
      where,
      found: `scores that differ by ${report.maxAbsoluteDifference} at ${report.source} row ${report.at} (${values}): online ${worst.online}, source tensors ${worst.source}${own}`,
      expected: `at most ${report.tolerance} on ${report.rows} rows`,
      next: advice(worst, report.tolerance, fitting),
    },
    1,
  );
}

function advice(
  { online, source, own }: Parity["worst"],
  tolerance: number,
  fitting: () => string | undefined,
): string {
  const agree = Math.abs(online - source) <= tolerance;
  if (own !== undefined && agree) {
    const found = fitting();
    if (found !== undefined) return `the golden scores are met with ${found}: set it in unbatch.yaml`;
    return "both paths agree with each other and not with the model's own score: check the encoders, the order of features and the activation in unbatch.yaml";
  }
  return "report this: the two scoring paths of unbatch disagree";
}
