import fc from "fast-check";
import { expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { type LossShift, lossShift, type ScoredLosses } from "../../../src/measure/drift/loss-shift.js";

/** Scores in [shift, 1 + shift]; the loss of a score is (score - 1/2)^2 plus `wrong`. */
function rows(seed: number, count: number, shift: number, wrong: number): ScoredLosses {
  const random = seededRandom(seed);
  const scores = Float64Array.from({ length: count }, () => random.uniform() ** (1 + shift));
  return { scores, losses: scores.map((score) => (score - 0.5) ** 2 + wrong + 0.01 * random.normal()) };
}

function split(reference: ScoredLosses, current: ScoredLosses): LossShift {
  const shift = lossShift(reference, current);
  if ("refused" in shift) throw new Error(shift.reason);
  return shift;
}

const log = fc.tuple(
  fc.nat(1000),
  fc.integer({ min: 800, max: 1200 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const made = ([seed, count, shift]: [number, number, number]): ScoredLosses =>
  rows(seed, count, shift, shift / 3);

it("the two parts are the whole", () => {
  fc.assert(
    fc.property(log, log, (first, second) => {
      const [reference, current] = [made(first), made(second)];
      const { change, fromScores, fromCalibration, ...sides } = split(reference, current);
      expect(fromScores.value + fromCalibration.value).toBeCloseTo(change.value, 12);
      expect(sides.current.loss - sides.reference.loss).toBeCloseTo(change.value, 12);
      expect(change.interval?.low).toBeLessThan(change.value);
      expect(change.interval?.high).toBeGreaterThan(change.value);
    }),
    { numRuns: 50 },
  );
});

it("turns its sign when the logs change places, and is 0 for one log twice", () => {
  fc.assert(
    fc.property(log, log, (first, second) => {
      const [reference, current] = [made(first), made(second)];
      const there = split(reference, current);
      const back = split(current, reference);
      for (const part of ["change", "fromScores", "fromCalibration"] as const)
        expect(back[part].value).toBeCloseTo(-there[part].value, 12);
      const same = split(reference, reference);
      expect([same.change.value, same.fromScores.value, same.fromCalibration.value]).toEqual([0, 0, 0]);
    }),
    { numRuns: 50 },
  );
});

it("tells harder rows from a model that is wrong in a new way", () => {
  const reference = rows(1, 20_000, 0, 0);
  const harder = split(reference, rows(2, 20_000, 1, 0));
  expect(Math.abs(harder.fromScores.value)).toBeGreaterThan(10 * Math.abs(harder.fromCalibration.value));
  const wrong = split(reference, rows(3, 20_000, 0, 0.1));
  expect(wrong.fromCalibration.value).toBeGreaterThan(0.09);
  expect(Math.abs(wrong.fromScores.value)).toBeLessThan(0.005);
});

it("is refused without rows, with NaN, and where scores do not overlap", () => {
  const reference = rows(1, 500, 0, 0);
  const none = { scores: new Float64Array(0), losses: new Float64Array(0) };
  expect(lossShift(reference, none)).toMatchObject({ refused: "no-rows" });
  expect(lossShift(none, reference)).toMatchObject({ refused: "no-rows" });
  const apart = { ...reference, scores: reference.scores.map((score) => score + 2) };
  expect(lossShift(reference, apart)).toMatchObject({ refused: "no-overlap" });
  const broken = {
    ...reference,
    losses: reference.losses.map((loss, row) => (row === 7 ? Number.NaN : loss)),
  };
  expect(lossShift(reference, broken)).toMatchObject({ refused: "not-finite" });
});
