/** What happens next: the one place that knows the order of things. Ranges are [from, to). */
export type Moment =
  /** A look at the learner as it is, before anything else of this instant but an update. */
  | { kind: "observe"; atMicros: number }
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
  /** Looks at the learner, at multiples of their own; where nothing happened between two, only the last is made. */
  observe?: { fromMicros: number; everyMicros: number } | undefined;
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
  const { startMicros, updateEveryMicros } = settings;
  const observes = new Cadence("observe", settings.observe?.fromMicros ?? 0, settings.observe?.everyMicros);
  const publishes = new Cadence("publish", startMicros, settings.publishEveryMicros);
  let predicted = 0;
  let learned = 0;
  while (predicted < shownAtMicros.length || learned < knownAtMicros.length) {
    const shownAt = shownAtMicros[predicted] ?? Number.POSITIVE_INFINITY;
    const knownAt = knownAtMicros[learned] ?? Number.POSITIVE_INFINITY;
    const learnAt =
      updateEveryMicros === undefined ? knownAt : nextMultiple(knownAt, startMicros, updateEveryMicros);
    const stop = observes.dueMicros <= publishes.dueMicros ? observes : publishes;
    const stopAt = stop.dueMicros;
    // An update at T comes before a stop or a prediction at T; a label that is learned at once comes after both.
    const updateFirst = updateEveryMicros !== undefined && learnAt <= Math.min(stopAt, shownAt);
    if (updateFirst || learnAt < Math.min(stopAt, shownAt)) {
      const end =
        updateEveryMicros === undefined
          ? firstAtOrAfter(knownAtMicros, learned, Math.min(stopAt, shownAt))
          : firstAtOrAfter(knownAtMicros, learned, learnAt);
      yield { kind: "learn", from: learned, to: end };
      learned = end;
    } else if (stopAt <= Math.min(shownAt, learnAt)) {
      yield stop.pass(Math.min(shownAt, learnAt), updateEveryMicros === undefined ? Number.NaN : learnAt);
    } else {
      const bound = Math.min(stopAt, learnAt);
      const inclusive = updateEveryMicros === undefined && learnAt < stopAt;
      const end = inclusive
        ? firstAfter(shownAtMicros, predicted, bound)
        : firstAtOrAfter(shownAtMicros, predicted, bound);
      yield { kind: "predict", from: predicted, to: end };
      predicted = end;
    }
  }
}

/** Moments at multiples of a cadence; none without one. */
class Cadence {
  readonly #kind: "observe" | "publish";
  readonly #startMicros: number;
  readonly #everyMicros: number;
  dueMicros: number;

  constructor(kind: "observe" | "publish", startMicros: number, everyMicros: number | undefined) {
    this.#kind = kind;
    this.#startMicros = startMicros;
    this.#everyMicros = everyMicros ?? Number.POSITIVE_INFINITY;
    this.dueMicros = everyMicros === undefined ? Number.POSITIVE_INFINITY : startMicros;
  }

  /**
   * Multiples between which nothing happens would find the same model: only the last up to `untilMicros` counts. One at
   * the very instant of an update comes after it, and so waits.
   */
  pass(untilMicros: number, updateAtMicros: number): Moment {
    const last = lastMultiple(untilMicros, this.#startMicros, this.#everyMicros);
    const atMicros = last === updateAtMicros ? last - this.#everyMicros : last;
    this.dueMicros = atMicros + this.#everyMicros;
    return { kind: this.#kind, atMicros };
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
