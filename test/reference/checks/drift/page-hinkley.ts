import {
  type PageHinkleyParameters,
  pageHinkley,
  pageHinkleyStatistics,
} from "../../../../src/measure/drift/page-hinkley.js";
import type { Tally } from "../../tally.js";
import { everySoMany } from "./adwin.js";
import { compareIndices, compareTable, replay } from "./replay.js";
import type { DetectorCase, Stream } from "./schema.js";

export function checkPageHinkley(where: string, one: DetectorCase, { values }: Stream, tally: Tally): void {
  const { params } = one;
  if (one.variant !== "river") {
    tally.skip(where, "no such variant here");
    return;
  }
  const detector = pageHinkley({
    minInstances: Number(params["min_instances"]),
    delta: Number(params["delta"]),
    threshold: Number(params["threshold"]),
    alpha: Number(params["alpha"]),
    mode: modeOf(params["mode"]),
  });
  const { state } = detector;
  const { detections, rows } = replay(detector, values, () => {
    const { up, down } = pageHinkleyStatistics(state);
    return [state.seen, state.mean, state.sumIncrease, state.sumDecrease, up, down];
  });
  tally.same(`${where}: detections`, detections, one.detections);
  compareIndices(where, everySoMany(values.length), one.trace, tally);
  const columns = ["n", "mean", "sum_increase", "sum_decrease", "statistic_up", "statistic_down"];
  compareTable(where, columns, rows, { columns: one.trace_columns, rows: one.trace }, tally);
}

export function modeOf(mode: string | number | undefined): PageHinkleyParameters["mode"] {
  if (mode === "up" || mode === "down" || mode === "both") return mode;
  throw new Error(`Page-Hinkley mode ${mode}`);
}
