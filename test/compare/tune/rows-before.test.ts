import { expect, it } from "vitest";
import type { Checkpoint } from "../../../src/compare/start.js";
import { type BeforeOptions, rowsBefore } from "../../../src/compare/tune/rows-before.js";
import { DAY_MICROS } from "../../../src/core/time.js";
import type { EventBatch } from "../../../src/model/batch.js";

/** An event each half day for ten days; its label is known a day later, or as told. */
function batch(known = (shown: number): number => shown + DAY_MICROS): EventBatch {
  const shownAtMicros = Float64Array.from({ length: 20 }, (_, row) => (row * DAY_MICROS) / 2);
  return {
    ...{ rows: 20, shownAtMicros, knownAtMicros: shownAtMicros.map(known) },
    label: Float64Array.from({ length: 20 }, (_, row) => row % 2),
    ...{ identities: new Map(), features: new Map(), offsets: new Map() },
  };
}

const compare: BeforeOptions["compare"] = {
  ...{ slice: DAY_MICROS, convergence: { epsilon: 0, slices: 7 } },
  policies: [{ name: "online", kind: "online", from: "checkpoint" }],
};
const pretrained: Checkpoint = { kind: "pretrained", pretrainMicros: 6 * DAY_MICROS };
const converted = (days: number): Checkpoint => ({
  ...{ kind: "converted", model: "model", throughShownAtMicros: days * DAY_MICROS },
  labelsAsOfMicros: days * DAY_MICROS,
});
const days = (micros: number): number => micros / DAY_MICROS;

it("leaves out rows whose labels may be still to come, where a delay bounds that", () => {
  const known = { after: { positive: DAY_MICROS / 24, negative: DAY_MICROS } };
  const { events, ...at } = rowsBefore(batch(), { compare, checkpoint: pretrained, known });
  expect([days(at.startMicros), days(at.endMicros), days(at.cutOffMicros)]).toEqual([2, 5, 6]);
  expect([events.rows, events.knownAtMicros.every(Number.isFinite)]).toEqual([10, true]);
  expect(at.beginsFrom).toBe("these rows");
});

it("does not know labels that a column says were known at the cut-off or later", () => {
  const late = (shown: number): number => shown + DAY_MICROS;
  const { events } = rowsBefore(batch(late), {
    ...{ compare, checkpoint: pretrained, known: { column: "known_at" } },
  });
  expect(events.rows).toBe(12);
  expect([...events.knownAtMicros.subarray(9)].map(days)).toEqual([
    5.5,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
});

it("begins from a converted checkpoint where rows are left before the test, else from these rows", () => {
  const start = 6 * DAY_MICROS;
  const later = rowsBefore(batch(), {
    ...{ compare: { ...compare, start }, checkpoint: converted(3.5), known: undefined },
  });
  expect([later.beginsFrom, days(later.startMicros), days(later.endMicros)]).toEqual(["checkpoint", 4, 6]);
  const atOnce = rowsBefore(batch(), { compare, checkpoint: converted(6), known: undefined });
  expect([atOnce.beginsFrom, days(atOnce.startMicros), days(atOnce.endMicros)]).toEqual(["these rows", 3, 6]);
  expect(() => rowsBefore(batch(), { compare, checkpoint: converted(0), known: undefined })).toThrow(
    "no rows before 1970-01-01T00:00:00Z",
  );
});
