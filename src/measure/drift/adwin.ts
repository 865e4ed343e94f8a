import { type AdwinState, AdwinWindow } from "./adwin-window.js";
import { type Detector, updateByScan } from "./detector.js";

export interface AdwinParameters {
  /** Bound of the probability of a false alarm at one test. */
  delta: number;
  /** Updates from one test to the next. */
  clock: number;
  /** Buckets of one size before two of them merge. */
  maxBuckets: number;
  /** Least length of a sub-window. */
  minWindowLength: number;
  /** No test while the window is this long or shorter. */
  gracePeriod: number;
}

export const ADWIN_DEFAULTS: AdwinParameters = {
  delta: 0.002,
  clock: 32,
  maxBuckets: 5,
  minWindowLength: 5,
  gracePeriod: 10,
};

/**
 * `moa`: the window shrinks and lives on, as in the paper; sub-windows are one longer than `minWindowLength`.
 * `river`: the update after a drift starts from an empty detector.
 */
export type AdwinVariant = "river" | "moa";

/**
 * ADWIN2 (Bifet & Gavaldà 2007, "Learning from time-changing data with adaptive windowing"): a window of the newest
 * values that drops its oldest part while two sub-windows differ in mean by more than
 * sqrt(2 m v d) + 2/3 d m, where m = 1/(n0 - l + 1) + 1/(n1 - l + 1), d = ln(2 ln(width) / delta), v the variance of
 * the window, l = minWindowLength; scanned at every bucket boundary from the oldest. The bound holds for values in
 * [0, 1]: scale a loss first. Reference implementations: River (all boundaries), MOA's ADWIN.java.
 * O(log width) memory and time per update, amortised.
 */
export function adwin(
  parameters: Partial<AdwinParameters> = {},
  variant: AdwinVariant = "moa",
  state?: AdwinState,
): Detector<AdwinState> {
  const settings = { ...ADWIN_DEFAULTS, ...parameters };
  const shortest = settings.minWindowLength + (variant === "moa" ? 1 : 0);
  const bound = (width: number): number => Math.log((2 * Math.log(width)) / settings.delta);
  const window = new AdwinWindow(settings.maxBuckets, state);
  /** What follows an update that ends a clock's turn: true where it finds drift. */
  const test = (): boolean => {
    if (window.width <= settings.gracePeriod) return false;
    while (window.isCut(bound(window.width), settings.minWindowLength, shortest)) {
      window.dropOldest();
      window.hasDrifted = true;
    }
    return window.hasDrifted;
  };
  const scan = (values: Float64Array, from: number): number => {
    for (let at = from; at < values.length; ) {
      if (variant === "river" && window.hasDrifted) window.empty();
      const next = Math.min(values.length, at + settings.clock - (window.updates % settings.clock));
      window.append(values, at, next);
      window.hasDrifted = false;
      at = next;
      if (window.updates % settings.clock === 0 && test()) return at - 1;
    }
    return values.length;
  };
  return {
    get state() {
      return window.save();
    },
    update: updateByScan(scan),
    scan,
  };
}
