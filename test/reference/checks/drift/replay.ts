import type { Detector } from "../../../../src/measure/drift/detector.js";
import type { Tally } from "../../tally.js";
import type { DetectorCase } from "./schema.js";

/** Runs a detector over a stream: where it detects, and `columns` after each update (none before there is a test). */
export function replay(
  detector: Detector,
  values: readonly number[],
  columns: () => readonly number[] | undefined = () => undefined,
): { detections: number[]; rows: (readonly number[] | undefined)[] } {
  const detections: number[] = [];
  const rows = values.map((value, index) => {
    if (detector.update(value)) detections.push(index);
    return columns();
  });
  return { detections, rows };
}

/** A table whose first column is the index: the columns by name, then every number. */
export function compareTable(
  where: string,
  columns: readonly string[],
  rows: readonly (readonly number[] | undefined)[],
  expected: { columns: DetectorCase["trace_columns"]; rows: DetectorCase["trace"] },
  tally: Tally,
): void {
  tally.same(`${where}: columns`, ["index", ...columns], expected.columns);
  for (const [index = -1, ...numbers] of expected.rows ?? []) {
    const found = rows[index];
    if (found === undefined) tally.same(`${where}: index ${index}`, "nothing there", index);
    columns.forEach((column, at) => {
      tally.nearTail(`${where}: ${column} at ${index}`, found?.[at], numbers[at]);
    });
  }
}

/** The indices of a table are expected too: every so many updates, or as given. */
export function compareIndices(
  where: string,
  found: readonly number[],
  rows: readonly (readonly number[])[] | undefined,
  tally: Tally,
): void {
  tally.same(
    `${where}: indices`,
    found,
    rows?.map(([index]) => index),
  );
}
