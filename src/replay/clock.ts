import { startOfDay } from "../core/time.js";
/** Rows [from, to). */
export interface Range {
  from: number;
  to: number;
}

/** Labels that wait until they are known, in order of known-at, then of prediction. `Taken` says which they are. */
export interface WaitingLabels<Taken> {
  /** When the next one is known; Infinity where none waits. */
  nextMicros(): number;
  /** Some of those known before a time, from the next one on; undefined where there are none. */
  takeBefore(boundMicros: number): Taken | undefined;
  /**
   * The next ones, where they are those of the block's rows from `from` on, each known at the instant that its row was
   * shown, which is before a time and no other row's; undefined where the next is not such.
   */
  takeAlone(from: number, boundMicros: number): (Taken & Range) | undefined;
}

/** What happens next: the one place that knows the order of things. */
export type Moment<Taken = Range> =
  /** A look at the learner as it is, before anything else of this instant but an update. */
  | { kind: "observe"; atMicros: number }
  | { kind: "publish"; atMicros: number }
  /** Rows of the block in hand. */
  | ({ kind: "predict" } & Range)
  | ({ kind: "learn" } & Taken)
  /** Rows of the block in hand, each predicted and then, before the next, learned. */
  | ({ kind: "predict, then learn" } & Taken & Range);

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

/** Publishes and updates count from the first day; looks are made where windows end. */
export function clockSettings(
  firstMicros: number,
  options: Pick<ClockSettings, "publishEveryMicros" | "updateEveryMicros"> & {
    windowMicros: number;
    frozen: boolean;
  },
): ClockSettings {
  const { windowMicros, publishEveryMicros, updateEveryMicros, frozen } = options;
  const fromMicros = (Math.floor(firstMicros / windowMicros) + 1) * windowMicros;
  return {
    ...{ startMicros: startOfDay(firstMicros), publishEveryMicros, updateEveryMicros },
    ...(frozen ? {} : { observe: { fromMicros, everyMicros: windowMicros } }),
  };
}

/** The moments of a log in one block. @param knownAtMicros of the rows to learn, ascending and finite. */
export function* moments(
  shownAtMicros: Float64Array,
  knownAtMicros: Float64Array,
  settings: ClockSettings,
): Generator<Moment> {
  const clock = new ReplayClock(settings, labelsInOrder(knownAtMicros));
  yield* clock.block(shownAtMicros);
  yield* clock.rest();
}

function labelsInOrder(knownAtMicros: Float64Array): WaitingLabels<Range> {
  let head = 0;
  const knownAt = (row: number): number => knownAtMicros[row] ?? Number.POSITIVE_INFINITY;
  return {
    nextMicros: () => knownAt(head),
    takeBefore(boundMicros) {
      const from = head;
      while (head < knownAtMicros.length && knownAt(head) < boundMicros) head++;
      return head === from ? undefined : { from, to: head };
    },
    takeAlone: () => undefined,
  };
}

/**
 * Merges predictions and labels into one order. At one instant: update or publish, then predictions, then labels; so
 * a prediction, an update and a publish at T use only labels known strictly before T. Labels that are due after the
 * last prediction are learned too.
 */
export class ReplayClock<Taken> {
  readonly #settings: ClockSettings;
  readonly #observes: Cadence;
  readonly #publishes: Cadence;
  readonly #labels: WaitingLabels<Taken>;

  constructor(settings: ClockSettings, labels: WaitingLabels<Taken>) {
    const { startMicros } = settings;
    this.#settings = settings;
    this.#labels = labels;
    this.#observes = new Cadence("observe", settings.observe?.fromMicros ?? 0, settings.observe?.everyMicros);
    this.#publishes = new Cadence("publish", startMicros, settings.publishEveryMicros);
  }

  /**
   * Up to the last prediction of a block, whose labels wait with the others already.
   * @param shownAtMicros ascending, none before those of the blocks before.
   */
  *block(shownAtMicros: Float64Array): Generator<Moment<Taken>> {
    const { startMicros, updateEveryMicros } = this.#settings;
    const isAtOnce = updateEveryMicros === undefined;
    let predicted = 0;
    while (predicted < shownAtMicros.length) {
      const shownAt = shownAtMicros[predicted] ?? Number.POSITIVE_INFINITY;
      const knownAt = this.#labels.nextMicros();
      const learnAt = isAtOnce ? knownAt : nextMultiple(knownAt, startMicros, updateEveryMicros);
      const stop = this.#nextStop();
      const stopAt = stop.dueMicros;
      // An update at T comes before a stop or a prediction at T; a label that is learned at once comes after both.
      const updateFirst = !isAtOnce && learnAt <= Math.min(stopAt, shownAt);
      if (updateFirst || learnAt < Math.min(stopAt, shownAt)) {
        yield* this.#learnBefore(isAtOnce ? Math.min(stopAt, shownAt) : learnAt);
      } else if (stopAt <= Math.min(shownAt, learnAt)) {
        yield stop.pass(Math.min(shownAt, learnAt), isAtOnce ? Number.NaN : learnAt);
      } else {
        const alone = isAtOnce ? this.#labels.takeAlone(predicted, stopAt) : undefined;
        if (alone !== undefined) {
          yield { kind: "predict, then learn", ...alone };
          predicted = alone.to;
          continue;
        }
        const bound = Math.min(stopAt, learnAt);
        const isInclusive = isAtOnce && learnAt < stopAt;
        const from = predicted;
        while (predicted < shownAtMicros.length) {
          const time = shownAtMicros[predicted] ?? 0;
          if (time > bound || (time === bound && !isInclusive)) break;
          predicted++;
        }
        yield { kind: "predict", from, to: predicted };
      }
    }
  }

  /** After the last block: what is still to be learned. */
  *rest(): Generator<Moment<Taken>> {
    const { startMicros, updateEveryMicros } = this.#settings;
    const isAtOnce = updateEveryMicros === undefined;
    for (let knownAt = this.#labels.nextMicros(); knownAt < Number.POSITIVE_INFINITY; ) {
      const learnAt = isAtOnce ? knownAt : nextMultiple(knownAt, startMicros, updateEveryMicros);
      const stop = this.#nextStop();
      if (stop.dueMicros < learnAt || (isAtOnce && stop.dueMicros === learnAt))
        yield stop.pass(learnAt, isAtOnce ? Number.NaN : learnAt);
      else yield* this.#learnBefore(isAtOnce ? stop.dueMicros : learnAt);
      knownAt = this.#labels.nextMicros();
    }
  }

  *#learnBefore(boundMicros: number): Generator<Moment<Taken>> {
    for (let range = this.#labels.takeBefore(boundMicros); range !== undefined; ) {
      yield { kind: "learn", ...range };
      range = this.#labels.takeBefore(boundMicros);
    }
  }

  #nextStop(): Cadence {
    return this.#observes.dueMicros <= this.#publishes.dueMicros ? this.#observes : this.#publishes;
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
  pass(untilMicros: number, updateAtMicros: number): { kind: "observe" | "publish"; atMicros: number } {
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
