import { type Detector, requireFinite, updateByScan } from "./detector.js";

export interface PageHinkleyParameters {
  /** No alarm before this many values. */
  minInstances: number;
  /** Change of the mean that is tolerated, in the unit of the values. */
  delta: number;
  /** Of the cumulated deviation, in the unit of the values. */
  threshold: number;
  /** Forgetting factor of the cumulated deviation: 1 forgets nothing. */
  alpha: number;
  mode: "up" | "down" | "both";
}

export const PAGE_HINKLEY_DEFAULTS: PageHinkleyParameters = {
  minInstances: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 0.9999,
  mode: "both",
};

export interface PageHinkleyState {
  seen: number;
  mean: number;
  sumIncrease: number;
  sumDecrease: number;
  leastIncrease: number;
  greatestDecrease: number;
  hasDrifted: boolean;
}

function emptyState(): PageHinkleyState {
  return {
    seen: 0,
    mean: 0,
    sumIncrease: 0,
    sumDecrease: 0,
    // Not Infinity, which JSON has no word for.
    leastIncrease: Number.MAX_VALUE,
    greatestDecrease: -1,
    hasDrifted: false,
  };
}

/** How far the cumulated deviation has come from its extreme, upwards and downwards. */
export function pageHinkleyStatistics(state: PageHinkleyState): { up: number; down: number } {
  return {
    up: state.sumIncrease - state.leastIncrease,
    down: state.greatestDecrease - state.sumDecrease,
  };
}

/**
 * Page-Hinkley test (Page 1954; Hinkley 1971) for a rise or fall of the mean: the cumulated deviation from the running
 * mean, less a tolerance, against its own extreme; after an alarm the next update starts anew. As River's PageHinkley.
 * Its threshold promises no rate of false alarms: see docs/drift.md. O(1) an update.
 */
export function pageHinkley(
  parameters: Partial<PageHinkleyParameters> = {},
  state: PageHinkleyState = emptyState(),
): Detector<PageHinkleyState> {
  const { minInstances, delta, threshold, alpha, mode } = { ...PAGE_HINKLEY_DEFAULTS, ...parameters };
  const mostUp = mode === "down" ? Number.POSITIVE_INFINITY : threshold;
  const mostDown = mode === "up" ? Number.POSITIVE_INFINITY : threshold;
  const scan = (values: Float64Array, from: number): number => {
    let at = from;
    while (at < values.length) {
      if (state.hasDrifted) Object.assign(state, emptyState());
      let { seen, mean, sumIncrease, sumDecrease, leastIncrease, greatestDecrease } = state;
      let hasDrifted = false;
      for (; at < values.length && !hasDrifted; at++) {
        const value = values[at] ?? Number.NaN;
        if (value - value !== 0) requireFinite(value);
        seen += 1;
        mean += (value - mean) / seen;
        const deviation = value - mean;
        sumIncrease = alpha * sumIncrease + deviation - delta;
        sumDecrease = alpha * sumDecrease + deviation + delta;
        leastIncrease = sumIncrease < leastIncrease ? sumIncrease : leastIncrease;
        greatestDecrease = sumDecrease > greatestDecrease ? sumDecrease : greatestDecrease;
        const isBeyond = sumIncrease - leastIncrease > mostUp || greatestDecrease - sumDecrease > mostDown;
        hasDrifted = isBeyond && seen >= minInstances;
      }
      const sums = { sumIncrease, sumDecrease, leastIncrease, greatestDecrease };
      Object.assign(state, { seen, mean, ...sums, hasDrifted });
      if (hasDrifted) return at - 1;
    }
    return at;
  };
  return { state, update: updateByScan(scan), scan };
}
