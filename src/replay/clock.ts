/** What happens next: the one place that knows the order of things. Ranges are [from, to). */
export type Moment =
  | { kind: "publish"; atMicros: number }
  /** Rows of the events in prediction order. */
  | { kind: "predict"; from: number; to: number }
  /** Rows of the events in label order. */
  | { kind: "learn"; from: number; to: number };

export interface ClockSettings {
  /** Publishes and updates happen at multiples of their cadence after this. */
  startMicros: number;
  /** Serving lag: what predicts is the copy made at the last multiple. Absent: the learner itself. */
  publishEveryMicros?: number | undefined;
  /** Learning cadence: labels wait for the next multiple. Absent: each is learned when known. */
  updateEveryMicros?: number | undefined;
}

/**
 * Merges predictions and labels into one order. At one instant: update or publish, then predictions, then labels; so
 * a prediction, an update and a publish at T use only labels known strictly before T. Labels that are due after the
 * last prediction are learned too.
 * @param shownAtMicros of the rows to predict, ascending.
 * @param knownAtMicros of the rows to learn, ascending and finite.
 */
export function* moments(
  shownAtMicros: Float64Array,
  knownAtMicros: Float64Array,
  settings: ClockSettings,
): Generator<Moment> {
  const { startMicros, publishEveryMicros, updateEveryMicros } = settings;
  let predicted = 0;
  let learned = 0;
  let publishAt = publishEveryMicros === undefined ? Number.POSITIVE_INFINITY : startMicros;
  while (predicted < shownAtMicros.length || learned < knownAtMicros.length) {
    const shownAt = shownAtMicros[predicted] ?? Number.POSITIVE_INFINITY;
    const knownAt = knownAtMicros[learned] ?? Number.POSITIVE_INFINITY;
    const learnAt =
      updateEveryMicros === undefined ? knownAt : nextMultiple(knownAt, startMicros, updateEveryMicros);
    // An update at T comes before a publish or a prediction at T; a label that is learned at once comes after both.
    const updateFirst = updateEveryMicros !== undefined && learnAt <= Math.min(publishAt, shownAt);
    if (updateFirst || learnAt < Math.min(publishAt, shownAt)) {
      const end =
        updateEveryMicros === undefined
          ? firstAtOrAfter(knownAtMicros, learned, Math.min(publishAt, shownAt))
          : firstAtOrAfter(knownAtMicros, learned, learnAt);
      yield { kind: "learn", from: learned, to: end };
      learned = end;
    } else if (publishAt <= Math.min(shownAt, learnAt)) {
      const every = publishEveryMicros ?? 1;
      // Multiples between which nothing happens would copy the same model: only the last counts.
      const last = lastMultiple(Math.min(shownAt, learnAt), startMicros, every);
      // One at the very instant of an update comes after it.
      const atMicros = updateEveryMicros !== undefined && last === learnAt ? last - every : last;
      yield { kind: "publish", atMicros };
      publishAt = atMicros + every;
    } else {
      const bound = Math.min(publishAt, learnAt);
      const inclusive = updateEveryMicros === undefined && learnAt < publishAt;
      const end = inclusive
        ? firstAfter(shownAtMicros, predicted, bound)
        : firstAtOrAfter(shownAtMicros, predicted, bound);
      yield { kind: "predict", from: predicted, to: end };
      predicted = end;
    }
  }
}

/** The least multiple strictly after a time. */
function nextMultiple(micros: number, start: number, every: number): number {
  return Number.isFinite(micros) ? start + every * (Math.floor((micros - start) / every) + 1) : micros;
}

/** The greatest multiple at or before a time. */
function lastMultiple(micros: number, start: number, every: number): number {
  return start + every * Math.floor((micros - start) / every);
}

function firstAtOrAfter(times: Float64Array, from: number, bound: number): number {
  let at = from;
  while (at < times.length && (times[at] ?? 0) < bound) at++;
  return at;
}

function firstAfter(times: Float64Array, from: number, bound: number): number {
  let at = from;
  while (at < times.length && (times[at] ?? 0) <= bound) at++;
  return at;
}
