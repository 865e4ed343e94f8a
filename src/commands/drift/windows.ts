import type { LogConfig } from "../../config/config.js";
import type { LogSource } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";
import { DAY_MICROS, formatTime, startOfDay } from "../../core/time.js";
import { columnOf } from "../../replay/block-columns.js";
import { isAbsurd, TimeColumn } from "../../replay/event-times.js";

/** A log cut into windows of one length without gaps, from 00:00 UTC of the first event's day. */
export interface CutLog {
  /** Where each window begins. */
  boundsMicros: number[];
  /** Of each row of the log its window; -1 where it has no time. */
  partOfRow: Int32Array;
  rowsWithoutTime: number;
  timeUnit: string;
}

/** More are a wrong unit of time or a wrong length. */
const MAX_WINDOWS = 1000;

/** Reads the time column alone. Errors: no such column, no time in any row, one window or too many of them. */
export async function cutLog(source: LogSource, log: LogConfig, windowMicros: number): Promise<CutLog> {
  const { columns, rows } = await source.describe();
  const { column: name, unit } = log.time;
  const type = columns.find((column) => column.name === name)?.type ?? "unsupported";
  const times = new TimeColumn(rows, type, unit);
  let at = 0;
  for await (const block of source.read([name])) {
    times.add(columnOf(block, name), block.rows, at);
    at += block.rows;
  }
  const found = times.finish(at);
  const usable = found.micros.filter((time) => !isAbsurd(time));
  const first = usable.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const last = usable.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  if (usable.length === 0) {
    throw new UnbatchError({
      found: `no usable time in column "${name}" (${at} rows)`,
      expected: "times between 1970 and 2200",
      next: "check log.time in unbatch.yaml: its column, and its unit",
    });
  }
  const startMicros = startOfDay(first);
  const count = Math.floor((last - startMicros) / windowMicros) + 1;
  if (count < 2 || count > MAX_WINDOWS) {
    throw new UnbatchError({
      found: `${count} window${count === 1 ? "" : "s"} of ${windowMicros / DAY_MICROS} days from ${formatTime(first)} to ${formatTime(last)}`,
      expected: `2 to ${MAX_WINDOWS} windows`,
      next: count < 2 ? "use a shorter --window" : "use a longer --window, or check the times of the log",
    });
  }
  const windowOf = (time: number): number => Math.floor((time - startMicros) / windowMicros);
  return {
    boundsMicros: Array.from({ length: count }, (_, index) => startMicros + index * windowMicros),
    partOfRow: Int32Array.from(found.micros, (time) => (isAbsurd(time) ? -1 : windowOf(time))),
    rowsWithoutTime: at - usable.length,
    timeUnit: `${found.unit}: ${found.because}`,
  };
}
