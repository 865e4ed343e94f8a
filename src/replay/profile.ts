import type { Column, ColumnDescription, LogSource } from "../core/column.js";
import type { Progress } from "../core/progress.js";
import { type ColumnProfile, ColumnProfiler } from "./column-profile.js";
import { readTimes, type TimeColumn, timeColumn, writeMicros } from "./event-times.js";

export interface TimeProfile {
  column: TimeColumn;
  firstMicros: number;
  lastMicros: number;
  /** Rows ascend in time in the order of files. */
  isSorted: boolean;
}

/** Rows looked at; a longer log is profiled on its first rows, and says so. */
export const PROFILE_ROWS = 2_000_000;

/** Range, unit and order of a time column. */
export async function profileTime(source: LogSource, name: string): Promise<TimeProfile> {
  const { columns } = await source.describe();
  const unknown = { name, type: "unsupported", physicalType: "" } as const;
  const described = columns.find((one) => one.name === name) ?? unknown;
  const column = await timeColumn(source, described, undefined);
  const micros = await readTimes(source, column);
  let isSorted = true;
  let firstMicros = Number.POSITIVE_INFINITY;
  let lastMicros = Number.NEGATIVE_INFINITY;
  micros.forEach((time, row) => {
    if (Number.isNaN(time)) return;
    firstMicros = Math.min(firstMicros, time);
    lastMicros = Math.max(lastMicros, time);
    if (row > 0 && time < (micros[row - 1] ?? time)) isSorted = false;
  });
  return { column, firstMicros, lastMicros, isSorted };
}

/**
 * Looks at the rows before a time (all rows, without one), at most PROFILE_ROWS of them in file order. Unsupported
 * columns are described and not read.
 */
export async function profileColumns(
  source: LogSource,
  before: { time: TimeProfile; micros: number } | undefined,
  progress: Progress,
): Promise<{ rows: number; columns: ColumnProfile[] }> {
  const { columns, rows: total } = await source.describe();
  const readable = columns.filter(({ type }) => type !== "unsupported");
  const profilers = readable.map((column) => new ColumnProfiler(column));
  let rows = 0;
  progress.start(Math.min(total, PROFILE_ROWS), "rows looked at");
  for await (const block of source.read(readable.map(({ name }) => name))) {
    const keep =
      before === undefined
        ? undefined
        : rowsBefore(block.columns.get(before.time.column.name), block.rows, before);
    profilers.forEach((profiler, index) => {
      const name = readable[index]?.name ?? "";
      const column = block.lists.get(name) ?? block.columns.get(name);
      if (column !== undefined) profiler.add(column, block.rows, keep);
    });
    rows += keep === undefined ? block.rows : keep.reduce((sum, kept) => sum + kept, 0);
    progress.advance(block.rows);
    if (rows >= PROFILE_ROWS) break;
  }
  progress.finish();
  return { rows, columns: profilers.map((profiler) => profiler.finish()) };
}

function rowsBefore(
  column: Column | undefined,
  rows: number,
  { time, micros }: { time: TimeProfile; micros: number },
): Uint8Array {
  const keep = new Uint8Array(rows);
  if (column === undefined) return keep;
  const times = new Float64Array(rows);
  writeMicros(column, rows, time.column.toMicros, times, 0);
  times.forEach((value, row) => {
    keep[row] = value < micros ? 1 : 0;
  });
  return keep;
}

/** The column that most looks like the time of an event: by type first, then by name. */
export function likelyTimeColumn(columns: readonly ColumnDescription[]): string | undefined {
  const named = /(time|date|_at$|^ts$|_ts$)/i;
  const timestamps = columns.filter(({ type }) => type === "timestamp");
  const [only] = timestamps;
  const byName = timestamps.find(({ name }) => named.test(name)) ?? only;
  return (byName ?? columns.find(({ name, type }) => type === "integer" && named.test(name)))?.name;
}
