import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashText } from "../../../src/core/random.js";
import type { LoggedEvents } from "../../../src/measure/ope/events.js";
import { PRIOR_ROWS, RunningMeans, USER_FOLDS } from "../../../src/measure/ope/reward-model.js";
import { seenBefore, uniformTarget } from "../../../src/measure/ope/target.js";

const ITEMS = ["a", "b", "c"];
const POSITIONS = ["1", "2"];
const USERS = Array.from({ length: 12 }, (_, at) => `u${at}`);

interface Row {
  gap: number;
  delay: number;
  reward: number;
  item: number;
  position: number;
  user: number;
}

const rows = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 2 }),
    delay: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(Number.POSITIVE_INFINITY)),
    reward: fc.integer({ min: 0, max: 3 }),
    item: fc.integer({ min: 0, max: ITEMS.length - 1 }),
    position: fc.integer({ min: -1, max: POSITIONS.length - 1 }),
    user: fc.integer({ min: -1, max: USERS.length - 1 }),
  }),
  { minLength: 1, maxLength: 60 },
);

function eventsOf(list: readonly Row[], withUsers: boolean): LoggedEvents {
  let at = 0;
  const shownAtMicros = Float64Array.from(list, ({ gap }) => (at += gap));
  return {
    rows: list.length,
    shownAtMicros,
    knownAtMicros: shownAtMicros.map((shown, row) => shown + (list[row]?.delay ?? 0)),
    rewards: Float64Array.from(list, ({ reward }) => reward),
    item: { ids: ITEMS, codes: Int32Array.from(list, ({ item }) => item) },
    position: { ids: POSITIONS, codes: Int32Array.from(list, ({ position }) => position) },
    ...(withUsers ? { user: { ids: USERS, codes: Int32Array.from(list, ({ user }) => user) } } : {}),
    where: (row) => `row ${row}`,
  };
}

/** The definition, row by row: what was known strictly before, of other folds. */
function expected(list: readonly Row[], events: LoggedEvents, row: number, item: number): number {
  const foldOf = (one: Row | undefined): number =>
    one === undefined || one.user < 0 ? 0 : hashText(USERS[one.user] ?? "") % USER_FOLDS;
  const own = list[row];
  const known = list.filter(
    (one, at) =>
      (events.knownAtMicros[at] ?? 0) < (events.shownAtMicros[row] ?? 0) &&
      (events.user === undefined || foldOf(one) !== foldOf(own)),
  );
  const smoothed = (of: readonly Row[], prior: number, priorRows: number): number =>
    of.length + priorRows === 0
      ? 0
      : (of.reduce((sum, { reward }) => sum + reward, 0) + priorRows * prior) / (of.length + priorRows);
  const overall = smoothed(known, 0, 0);
  const here = known.filter(({ position }) => position === own?.position);
  const atPosition = smoothed(here, overall, PRIOR_ROWS);
  return smoothed(
    here.filter((one) => one.item === item),
    atPosition,
    PRIOR_ROWS,
  );
}

describe("the reward model", () => {
  it("is the smoothed mean of what was known before the row, of other users' folds", () => {
    let predictions = 0;
    fc.assert(
      fc.property(rows, fc.boolean(), (list, withUsers) => {
        const events = eventsOf(list, withUsers);
        const model = new RunningMeans(events, ITEMS.length);
        for (let row = 0; row < list.length; row++) {
          const predict = model.at(row);
          for (let item = 0; item < ITEMS.length; item++) {
            expect(predict(item)).toBeCloseTo(expected(list, events, row, item), 10);
            predictions += 1;
          }
        }
      }),
    );
    expect(predictions).toBeGreaterThan(1000);
  });
});

describe("candidates seen before the event", () => {
  it("are the distinct items of strictly earlier rows", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const { shownAtMicros, item } = eventsOf(list, false);
        const candidates = seenBefore(shownAtMicros, item.codes, ITEMS.length);
        const target = uniformTarget(candidates);
        for (let row = 0; row < list.length; row++) {
          const earlier = list.filter((_, at) => (shownAtMicros[at] ?? 0) < (shownAtMicros[row] ?? 0));
          const seen = new Set(earlier.map((one) => one.item));
          expect(new Set(candidates.of(row))).toEqual(seen);
          const choice = target.choose(row);
          if (seen.size === 0) expect(choice).toBeUndefined();
          else expect(choice?.probabilities.every((probability) => probability === 1 / seen.size)).toBe(true);
        }
      }),
    );
  });
});
