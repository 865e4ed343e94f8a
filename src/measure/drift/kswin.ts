import { seededRandom } from "../../core/random.js";
import { type Detector, requireFinite, scanByUpdate } from "./detector.js";
import { ksGap } from "./ks.js";
import { ksExactTail } from "./ks-exact.js";
import type { Sample } from "./sample.js";

export interface KswinParameters {
  /** Significance of one test: small, for there is a test at every update. */
  alpha: number;
  /** Values kept. */
  window: number;
  /** The newest values, which are compared with older ones. */
  stat: number;
  seed: number;
}

export const KSWIN_DEFAULTS: KswinParameters = { alpha: 0.0001, window: 100, stat: 30, seed: 1 };

/** A smaller distance is no drift, however significant. */
const LEAST_STATISTIC = 0.1;

export interface KswinState {
  /** The newest values, oldest first. */
  values: number[];
  hasDrifted: boolean;
  /** Of the next draw. */
  seed: number;
  /** The newest test; none before the window is full. */
  test?: { statistic: number; pValue: number };
}

/** Which of the older values are compared with the newest: positions in [0, older), each once. */
export type Draw = "sampled" | "all" | ((older: number, size: number) => ArrayLike<number>);

/**
 * KSWIN (Raab, Heusinger & Schleif 2020, "Reactive soft prototype computing for concept drift streams"): at each update
 * of a full window the exact two-sample Kolmogorov-Smirnov test of the newest `stat` values against as many drawn from
 * the older ones (`all`: against all of those); drift where p <= alpha and D > .1, and the next update starts from an
 * empty window. Sees any change of distribution, but promises no rate of false alarms: tests of overlapping windows
 * repeat. O(window log window) an update.
 */
export function kswin(
  parameters: Partial<KswinParameters> = {},
  draw: Draw = "sampled",
  state?: KswinState,
): Detector<KswinState> {
  const { alpha, window, stat, seed } = { ...KSWIN_DEFAULTS, ...parameters };
  const kept: KswinState = state ?? { values: [], hasDrifted: false, seed };
  const older = window - stat;
  const newest = unitSample(stat);
  const reference = unitSample(draw === "all" ? older : stat);
  const tails = new Map<number, number>();
  const tailOf = (gap: number): number => {
    const known = tails.get(gap);
    if (known !== undefined) return known;
    const tail = ksExactTail(gap, reference.total, stat);
    tails.set(gap, tail);
    return tail;
  };
  const update = (value: number): boolean => {
    requireFinite(value);
    if (kept.hasDrifted) kept.values = [];
    kept.hasDrifted = false;
    if (kept.values.length === window) kept.values.shift();
    kept.values.push(value);
    if (kept.values.length < window) return false;
    fill(reference, kept.values, positionsOf(draw, kept, older, stat));
    fill(newest, kept.values, undefined, older);
    const gap = ksGap(reference, newest);
    const statistic = gap / (reference.total * stat);
    const pValue = tailOf(gap);
    kept.test = { statistic, pValue };
    kept.hasDrifted = pValue <= alpha && statistic > LEAST_STATISTIC;
    return kept.hasDrifted;
  };
  return { state: kept, update, scan: scanByUpdate(update) };
}

/** So many rows of weight 1, to be filled again and again. */
function unitSample(rows: number): Sample {
  return { values: new Float64Array(rows), weights: new Float64Array(rows).fill(1), total: rows, rows };
}

/** The values at `positions`, or as many as fit from `from` on, in ascending order. */
function fill(
  sample: Sample,
  values: readonly number[],
  positions: ArrayLike<number> | undefined,
  from = 0,
): void {
  for (let at = 0; at < sample.rows; at++)
    sample.values[at] = values[positions === undefined ? from + at : (positions[at] ?? -1)] ?? Number.NaN;
  sample.values.sort();
}

/** Undefined where all of the older values are compared. */
function positionsOf(
  draw: Draw,
  state: KswinState,
  older: number,
  size: number,
): ArrayLike<number> | undefined {
  if (draw === "all") return undefined;
  return draw === "sampled" ? seededDraw(state, older, size) : draw(older, size);
}

/** So many of [0, older) without replacement: the first steps of a Fisher-Yates shuffle. */
function seededDraw(state: KswinState, older: number, size: number): Int32Array {
  const random = seededRandom(state.seed);
  const positions = new Int32Array(older);
  for (let position = 0; position < older; position++) positions[position] = position;
  for (let index = 0; index < size; index++) {
    const other = index + Math.floor(random.uniform() * (older - index));
    const position = positions[other] ?? 0;
    positions[other] = positions[index] ?? 0;
    positions[index] = position;
  }
  state.seed = random.seed();
  return positions.subarray(0, size);
}
