import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClockSettings, type Moment, moments } from "../../src/replay/clock.js";

const START = 1000;

interface Course {
  shown: Float64Array;
  known: Float64Array;
  settings: ClockSettings;
}

/** What each prediction was made with: how many labels its model had learned; and all that was learned, in order. */
interface Outcome {
  labelsSeen: number[];
  learned: number;
}

let looks = 0;

/** The first multiple of the cadence after a time. */
function nextMultiple(micros: number, every: number): number {
  let due = START;
  while (due <= micros) due += every;
  return due;
}

/** Runs the clock's moments on counters. */
function run({ shown, known, settings }: Course): Outcome {
  const labelsSeen: number[] = [];
  let learned = 0;
  let served = 0;
  for (const moment of moments(shown, known, settings)) {
    if (moment.kind === "observe") {
      const { updateEveryMicros: update } = settings;
      const due = (knownAt: number): boolean =>
        update === undefined ? knownAt < moment.atMicros : nextMultiple(knownAt, update) <= moment.atMicros;
      expect(learned).toBe(known.filter(due).length);
      expect(labelsSeen.length).toBe(shown.filter((shownAt) => shownAt < moment.atMicros).length);
      looks += 1;
    } else if (moment.kind === "publish") served = learned;
    else if (moment.kind === "learn") {
      expect(moment.from).toBe(learned);
      expect(moment.to).toBeGreaterThan(moment.from);
      learned = moment.to;
    } else {
      expect(moment.from).toBe(labelsSeen.length);
      expect(moment.to).toBeGreaterThan(moment.from);
      const seen = settings.publishEveryMicros === undefined ? learned : served;
      for (let row = moment.from; row < moment.to; row++) labelsSeen.push(seen);
    }
  }
  return { labelsSeen, learned };
}

/**
 * The same from a list of single events, sorted by time and kind: update, publish, prediction, label. Labels are
 * learned at their own moment, or at the first multiple of the cadence after it.
 */
function bruteForce({ shown, known, settings }: Course): Outcome {
  const { startMicros, publishEveryMicros: publish, updateEveryMicros: update } = settings;
  const events: { at: number; kind: 0 | 1 | 2 | 3 }[] = [];
  for (const at of shown) events.push({ at, kind: 2 });
  for (const at of known) {
    if (update === undefined) events.push({ at, kind: 3 });
    else {
      events.push({ at: nextMultiple(at, update), kind: 0 });
    }
  }
  const last = Math.max(startMicros, ...shown);
  for (let at = startMicros; publish !== undefined && at <= last; at += publish) events.push({ at, kind: 1 });
  events.sort((a, b) => a.at - b.at || a.kind - b.kind);
  const outcome: Outcome = { labelsSeen: [], learned: 0 };
  let served = 0;
  for (const { kind } of events) {
    if (kind === 1) served = outcome.learned;
    else if (kind === 2) outcome.labelsSeen.push(publish === undefined ? outcome.learned : served);
    else outcome.learned += 1;
  }
  return outcome;
}

/** Few distinct times, so that instants coincide with each other and with the cadences. */
const times = fc
  .array(fc.integer({ min: START, max: START + 30 }), { maxLength: 25 })
  .map((list) => Float64Array.from(list).sort());
const cadence = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
const courses: fc.Arbitrary<Course> = fc.record({
  shown: times,
  known: times,
  settings: fc.record({
    startMicros: fc.constant(START),
    publishEveryMicros: cadence,
    updateEveryMicros: cadence,
    observe: fc.option(
      fc.record({
        fromMicros: fc.integer({ min: START, max: START + 5 }),
        everyMicros: fc.integer({ min: 1, max: 12 }),
      }),
      { nil: undefined },
    ),
  }),
});

describe("the clock", () => {
  it("is the order of a list of single events, for any times and cadences", () => {
    let predictions = 0;
    fc.assert(
      fc.property(courses, (course) => {
        expect(run(course)).toEqual(bruteForce(course));
        predictions += course.shown.length;
      }),
      { numRuns: 3000 },
    );
    expect(predictions).toBeGreaterThan(8000);
    expect(looks).toBeGreaterThan(1000);
  });

  it("lets a prediction use only labels known strictly before it, and learns every label in the end", () => {
    let checked = 0;
    fc.assert(
      fc.property(courses, (course) => {
        const { labelsSeen, learned } = run(course);
        expect(learned).toBe(course.known.length);
        expect(labelsSeen.length).toBe(course.shown.length);
        labelsSeen.forEach((seen, row) => {
          const shownAt = course.shown[row] ?? Number.NaN;
          for (const known of course.known.subarray(0, seen)) expect(known).toBeLessThan(shownAt);
          checked += seen;
        });
      }),
      { numRuns: 1000 },
    );
    expect(checked).toBeGreaterThan(1000);
  });

  const kinds = (course: Course): string[] =>
    [...moments(course.shown, course.known, course.settings)].map(worded);
  function worded(moment: Moment): string {
    return "atMicros" in moment
      ? `${moment.kind} ${moment.atMicros - START}`
      : `${moment.kind} ${moment.from}-${moment.to}`;
  }
  const at = (...list: number[]): Float64Array => Float64Array.from(list, (time) => START + time);

  it("at one instant: publish, then predictions, then labels", () => {
    const settings = { startMicros: START, publishEveryMicros: 5 };
    expect(kinds({ shown: at(5, 5), known: at(5, 5), settings })).toEqual([
      "publish 5",
      "predict 0-2",
      "learn 0-2",
    ]);
  });

  it("at one instant: update, then publish, then predictions; a label known then waits for the next", () => {
    const settings = { startMicros: START, publishEveryMicros: 5, updateEveryMicros: 5 };
    expect(kinds({ shown: at(5, 10), known: at(3, 5), settings })).toEqual([
      "publish 0",
      "learn 0-1",
      "publish 5",
      "predict 0-1",
      "learn 1-2",
      "publish 10",
      "predict 1-2",
    ]);
  });

  it("does not publish the same model over and over where nothing happens", () => {
    const settings = { startMicros: START, publishEveryMicros: 1 };
    expect(kinds({ shown: at(0, 1_000_000), known: at(7), settings })).toEqual([
      "publish 0",
      "predict 0-1",
      "publish 7",
      "learn 0-1",
      "publish 1000000",
      "predict 1-2",
    ]);
  });

  it("has no moments without events", () => {
    expect(
      kinds({ shown: at(), known: at(), settings: { startMicros: START, publishEveryMicros: 1 } }),
    ).toEqual([]);
  });
});
