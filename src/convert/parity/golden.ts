import { UnbatchError } from "../../core/errors.js";
import { nearestName } from "../../core/nearest.js";
import { anyColumnOf, type Logged, type LoggedValue, type ParityRows } from "./rows.js";

/** Which columns of a golden file are which: log column -> its name there, and the score before the link. */
export interface GoldenNames {
  columns: Readonly<Record<string, string>>;
  score: string;
  /** What the score is: a probability is turned into its logit. */
  scale: "logit" | "probability";
  /** Feature -> the column of what the source's own encoders gave it. */
  rows: Readonly<Record<string, string>>;
}

/**
 * Golden outputs as JSON: an object of equal-length arrays, one a log column (of lists, for a bag), the scores, and what
 * the source's encoders gave where `names.rows` says so; other keys are ignored.
 * Errors: not JSON, a column that is missing, of another length, or not of texts and numbers; a score that is not finite.
 */
export function parseGolden(
  text: string,
  needed: readonly string[],
  names: GoldenNames,
  where: string,
): ParityRows {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw wrong(where, `no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw wrong(where, "JSON that is not an object");
  }
  const arrays = new Map<string, readonly unknown[]>();
  for (const [name, value] of Object.entries(document)) if (Array.isArray(value)) arrays.set(name, value);
  const take = (name: string): readonly unknown[] => {
    const values = arrays.get(name);
    if (values === undefined) throw missingGoldenColumn(where, name, [...arrays.keys()]);
    return values;
  };
  const scores = take(names.score);
  const column = (name: string): ReturnType<typeof anyColumnOf> => {
    const values = take(name);
    if (values.length !== scores.length) {
      throw wrong(where, `${values.length} values of ${name} beside ${scores.length} of ${names.score}`);
    }
    return anyColumnOf(values.map((value, row) => loggedValue(value, `${where}, ${name}, row ${row}`)));
  };
  const columns = new Map(needed.map((name) => [name, column(names.columns[name] ?? name)]));
  const encoded = new Map(Object.entries(names.rows).map(([feature, name]) => [feature, column(name)]));
  const golden = Float64Array.from(scores, (score) => (typeof score === "number" ? score : Number.NaN));
  return checkedGolden({ kind: "golden", rows: scores.length, columns, golden, encoded }, names, where);
}

/** Scores before the link. Error: no rows, a score that is not finite, or no probability between 0 and 1. */
export function checkedGolden(
  rows: ParityRows & { golden: Float64Array },
  { score, scale }: GoldenNames,
  where: string,
): ParityRows {
  if (rows.rows === 0) throw wrong(where, "no rows");
  const golden = scale === "logit" ? rows.golden : rows.golden.map((p) => Math.log(p) - Math.log1p(-p));
  const bad = golden.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { ...rows, golden };
  const what = scale === "logit" ? "a finite number" : "a probability between 0 and 1, both excluded";
  throw wrong(where, `a ${score} of ${rows.golden[bad]} at row ${bad}, which is not ${what}`);
}

export function missingGoldenColumn(where: string, name: string, have: readonly string[]): UnbatchError {
  const nearest = nearestName(name, have);
  return new UnbatchError({
    where,
    found: `no column ${JSON.stringify(name)}`,
    expected: `one of ${have.slice(0, 20).join(", ") || "no columns at all"}${nearest === undefined ? "" : ` (perhaps ${nearest})`}`,
    next: "name it under checkpoint.golden of unbatch.yaml: columns: { LOG_COLUMN: NAME }, score: NAME",
  });
}

function loggedValue(value: unknown, where: string): Logged {
  return Array.isArray(value) ? value.map((one) => plainValue(one, where)) : plainValue(value, where);
}

function plainValue(value: unknown, where: string): LoggedValue {
  if (value === null) return undefined;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  throw wrong(where, JSON.stringify(value).slice(0, 60));
}

function wrong(where: string, found: string): UnbatchError {
  return new UnbatchError({
    where,
    found,
    expected:
      'an object of equal-length arrays of texts and numbers, such as {"user": ["a"], "logit": [-1.2]}',
  });
}
