import { adwin } from "../../../../src/measure/drift/adwin.js";
import type { Tally } from "../../tally.js";
import { compareIndices, compareTable, replay } from "./replay.js";
import type { DetectorCase, Stream } from "./schema.js";

const TRACED_EVERY = 250;

export function checkAdwin(where: string, one: DetectorCase, { values }: Stream, tally: Tally): void {
  const { variant, params } = one;
  if (variant !== "river" && variant !== "moa") {
    tally.skip(where, "no such variant here");
    return;
  }
  const detector = adwin(
    {
      delta: Number(params["delta"]),
      clock: Number(params["clock"]),
      maxBuckets: Number(params["max_buckets"]),
      minWindowLength: Number(params["min_window_length"]),
      gracePeriod: Number(params["grace_period"]),
    },
    variant,
  );
  const { detections, rows } = replay(detector, values, () => {
    const { width, total, sumSquaredDeviation } = detector.state;
    return [width, total, sumSquaredDeviation];
  });
  tally.same(`${where}: detections`, detections, one.detections);
  compareIndices(where, everySoMany(values.length), one.trace, tally);
  const columns = ["width", "total", "sum_squared_deviation"];
  compareTable(where, columns, rows, { columns: one.trace_columns, rows: one.trace }, tally);
}

export function everySoMany(length: number): number[] {
  return Array.from({ length: Math.floor(length / TRACED_EVERY) }, (_, at) => (at + 1) * TRACED_EVERY - 1);
}
