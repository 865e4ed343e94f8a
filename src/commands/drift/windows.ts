import type { LogConfig } from "../../config/config.js";
import type { LogSource } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";
import { DAY_MICROS, formatTime, startOfDay } from "../../core/time.js";
import { isAbsurd, readTimes, timeColumn } from "../../replay/event-times.js";

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
  const { columns } = await source.describe();
  const { column: name, unit } = log.time;
  const described = columns.find((column) => column.name === name);
  const type = described?.type ?? "unsupported";
  const time = await timeColumn(source, { name, type, physicalType: described?.physicalType ?? "" }, unit);
  const micros = await readTimes(source, time);
  const usable = micros.filter((time) => !isAbsurd(time));
  const first = usable.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const last = usable.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  if (usable.length === 0) {
    throw new UnbatchError({
      found: `no usable time in column "${name}" (${micros.length} rows)`,
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
    partOfRow: Int32Array.from(micros, (time) => (isAbsurd(time) ? -1 : windowOf(time))),
    rowsWithoutTime: micros.length - usable.length,
    timeUnit: `${time.unit.unit}: ${time.unit.because}`,
  };
}
