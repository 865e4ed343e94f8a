import type { Detector } from "../../../../src/measure/drift/detector.js";
import { type KswinState, kswin } from "../../../../src/measure/drift/kswin.js";
import { cpythonRandom } from "../../../support/cpython-random.js";
import type { Tally } from "../../tally.js";
import { compareIndices, compareTable, replay } from "./replay.js";
import type { DetectorCase, Range, Stream } from "./schema.js";

type Case = Pick<DetectorCase, "params">;
const TESTED_COLUMNS = ["ks_statistic", "p_value_exact"];
const SEEDS = 60;

export function checkKswin(where: string, one: DetectorCase, stream: Stream, tally: Tally): void {
  if (one.variant === "full_reference") checkFull(where, one, stream, tally);
  else if (one.variant === "sampled") checkSampled(where, one, stream, tally);
  else if (one.variant === "sampled_over_60_seeds") checkSeeds(where, one, stream, tally);
  else tally.skip(where, "no such variant here");
}

function checkFull(where: string, one: DetectorCase, { values }: Stream, tally: Tally): void {
  const detector = kswin(parametersOf(one), "all");
  const { detections, rows } = replay(detector, values, () => testOf(detector, one));
  tally.same(`${where}: detections`, detections, one.detections);
  const traced = values
    .map((_, index) => index)
    .filter((index) => rows[index] !== undefined && (index % 50 === 0 || detections.includes(index)));
  compareIndices(where, traced, one.trace, tally);
  compareTable(where, TESTED_COLUMNS, rows, { columns: one.trace_columns, rows: one.trace }, tally);
}

/** With CPython's generator, restarted by every reset; and, where the stream carries the draws, with those. */
function checkSampled(where: string, one: DetectorCase, { values }: Stream, tally: Tally): void {
  const seed = Number(one.params["seed"]);
  tally.same(`${where}: detections`, cpythonDetections(one, values, seed), one.detections);
  const { draws, tests, tests_columns } = one;
  if (draws === undefined) return;
  let at = 0;
  const detector = kswin(parametersOf(one), () => draws[at++]?.slice(1) ?? []);
  const through = (draws.at(-1)?.[0] ?? 0) + 1;
  const { detections, rows } = replay(detector, values.slice(0, through), () => testOf(detector, one));
  const tested = rows.flatMap((row, index) => (row === undefined ? [] : [index]));
  tally.same(`${where}: first detection with the draws`, detections, one.detections?.slice(0, 1));
  compareIndices(`${where}: draws`, tested, draws, tally);
  compareIndices(`${where}: tests`, tested, tests, tally);
  compareTable(where, TESTED_COLUMNS, rows, { columns: tests_columns, rows: tests }, tally);
  const random = cpythonRandom(seed);
  const { window, stat } = parametersOf(one);
  for (const [index, ...positions] of draws)
    tally.same(`${where}: draw at ${index}`, random.sample(window - stat, stat), positions);
}

/** CPython's outcomes exactly, and ours (another generator) within their range. */
function checkSeeds(where: string, one: DetectorCase, { values, change_points }: Stream, tally: Tally): void {
  const expected = {
    number_of_detections: one.number_of_detections,
    first_detection_at_or_after_change: one.first_detection_at_or_after_change ?? null,
  };
  const { fromZero, fromOne, ours } = outcomes(one, values, change_points);
  // The file does not say from which seed its 60 count.
  const isFromOne = JSON.stringify(fromOne) === JSON.stringify(expected);
  tally.same(`${where}: with CPython's draws`, isFromOne ? fromOne : fromZero, expected);
  for (const [key, range] of Object.entries(expected)) {
    const median = ours[key as keyof typeof ours]?.median;
    if (range !== undefined && range !== null)
      tally.same(`${where}: median ${key} of ours, ${median}, in range`, isWithin(median, range), true);
  }
}

type Summary = ReturnType<typeof summaryOf>;
const known = new WeakMap<readonly number[], Map<string, Record<"fromZero" | "fromOne" | "ours", Summary>>>();

/** Of 60 seeds each, which take a second: kept for the next check of the same stream. */
function outcomes(one: Case, values: readonly number[], changePoints: readonly number[]) {
  const kept = known.get(values) ?? new Map();
  known.set(values, kept);
  const key = JSON.stringify([one.params, changePoints]);
  const found = kept.get(key);
  if (found !== undefined) return found;
  const summary = (detections: (seed: number) => number[]): Summary =>
    summaryOf(
      Array.from({ length: SEEDS }, (_, seed) => detections(seed)),
      changePoints,
    );
  const computed = {
    fromZero: summary((seed) => cpythonDetections(one, values, seed)),
    fromOne: summary((seed) => cpythonDetections(one, values, seed + 1)),
    ours: summary((seed) => replay(kswin({ ...parametersOf(one), seed }), values).detections),
  };
  kept.set(key, computed);
  return computed;
}

function cpythonDetections(one: Case, values: readonly number[], seed: number): number[] {
  let random = cpythonRandom(seed);
  const detector = kswin(parametersOf(one), (older, size) => random.sample(older, size));
  return values.flatMap((value, index) => {
    if (detector.state.hasDrifted) random = cpythonRandom(seed);
    return detector.update(value) ? [index] : [];
  });
}

function parametersOf({ params }: Case): { alpha: number; window: number; stat: number } {
  return {
    alpha: Number(params["alpha"]),
    window: Number(params["window"]),
    stat: Number(params["stat"]),
  };
}

/** Statistic and p of this update's test; undefined while the window fills. */
function testOf({ state }: Detector<KswinState>, one: Case): number[] | undefined {
  if (state.values.length < parametersOf(one).window || state.test === undefined) return undefined;
  return [state.test.statistic, state.test.pValue];
}

function summaryOf(runs: readonly number[][], changePoints: readonly number[]) {
  const [change] = changePoints;
  const first = runs.map((found) => found.find((index) => index >= (change ?? 0)));
  const reached = first.filter((index) => index !== undefined);
  return {
    number_of_detections: rangeOf(runs.map(({ length }) => length)),
    first_detection_at_or_after_change:
      change === undefined ? null : { ...rangeOf(reached), seeds_without: first.length - reached.length },
  };
}

function rangeOf(numbers: readonly number[]): Range {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  const median = low === undefined || high === undefined ? null : (low + high) / 2;
  return { min: sorted[0] ?? null, median, max: sorted.at(-1) ?? null };
}

function isWithin(value: number | null | undefined, { min, max }: Range): boolean {
  if (min === null || max === null) return value === null;
  return typeof value === "number" && value >= min && value <= max;
}
