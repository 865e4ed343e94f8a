import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { scratchBeside } from "../../src/io/scratch.js";
import type { Bags } from "../../src/model/bags.js";
import { bagsOf, type EventBatch, rowsOf, valuesOf } from "../../src/model/batch.js";
import { LabelQueue } from "../../src/replay/label-queue.js";
import { labelSegment } from "../../src/replay/label-segment.js";
import { temporaryFolder } from "../support/cli.js";
import { batchOf } from "../support/learner.js";

const folder = temporaryFolder();

/** Everything that is told of an event whose label became known. */
interface Told {
  id: number;
  knownAt: number;
  numbers: number[];
  bag: number[];
  learner: number;
  shadow: number;
  isHeld: boolean;
}

/** All of an event is a function of its number and of when it was known. */
const toldOf = (id: number, knownAt: number): Told => ({
  ...{ id, knownAt, numbers: [id / 3, -1 - id, id + 7, id / 7] },
  ...{ bag: Array.from({ length: id % 4 }, (_, at) => id + at + 0.5), learner: id / 100, shadow: id / 200 },
  isHeld: id % 3 === 0,
});

function blockOf(events: readonly Told[]): EventBatch {
  const offsets = Int32Array.from({ length: events.length + 1 }, (_, row) =>
    events.slice(0, row).reduce((sum, { bag }) => sum + bag.length, 0),
  );
  const values = events.flatMap(({ bag }) => bag);
  const bags: Bags = {
    ...{ offsets, codes: Int32Array.from(values, (value) => value - 0.5) },
    weights: Float64Array.from(values, () => 0.5),
  };
  const batch = batchOf({
    labels: events.map(({ id }) => id),
    shownAt: events.map((_, row) => row),
    knownAt: events.map(({ knownAt }) => knownAt),
    weights: events.map(({ numbers }) => numbers[0] ?? 0),
    codes: { user: events.map(({ numbers }) => numbers[1] ?? 0) },
    values: { price: events.map(({ numbers }) => numbers[2] ?? 0) },
    offsets: { logit: events.map(({ numbers }) => numbers[3] ?? 0) },
  });
  return { ...batch, features: new Map([...batch.features, ["tags", { kind: "bags", ...bags }]]) };
}

const delays = fc.array(
  fc.array(fc.oneof(fc.nat(30), fc.constantFrom(0, 9, Number.POSITIVE_INFINITY)), {
    minLength: 1,
    maxLength: 12,
  }),
  { maxLength: 14 },
);

it("gives every event whose label becomes known, once and whole, in order of known-at, block and row", () => {
  const seen = { rows: 0, ranges: 0 };
  const bound = {
    bytes: fc.constantFrom(0, 400, 1000, 3000, 1e9),
    chunkBytes: fc.integer({ min: 1, max: 500 }),
  };
  fc.assert(
    fc.property(delays, fc.record(bound), fc.nat(6), (blocks, { bytes, chunkBytes }, lag) => {
      const queue = new LabelQueue({ bytes, chunkBytes, scratch: scratchBeside(join(folder, "run")) });
      const [taken, expected]: [Told[], Told[]] = [[], []];
      const take = (bound: number): void => {
        for (let range = queue.takeBefore(bound); range !== undefined; range = queue.takeBefore(bound)) {
          for (let at = range.from; at < range.to; at++) taken.push(toldIn(range.segment, at));
          seen.ranges += 1;
        }
        expect(queue.nextMicros()).toBeGreaterThanOrEqual(bound);
      };
      blocks.forEach((block, now) => {
        const events = block.map((delay, row) => toldOf(100 * now + row, 3 * now + delay));
        const learner = new Float64Array(events.length);
        const shadow = new Float64Array(events.length);
        const held = Uint8Array.from(events, ({ isHeld }) => (isHeld ? 1 : 0));
        queue.add(labelSegment(blockOf(events), { learner, shadow }, held));
        // As in a replay, they are written after the segment is made.
        learner.set(events.map((event) => event.learner));
        shadow.set(events.map((event) => event.shadow));
        take(3 * now - lag);
        queue.keepToBound();
        expected.push(...events.filter(({ knownAt }) => Number.isFinite(knownAt)));
      });
      take(Number.POSITIVE_INFINITY);
      queue.close();
      expect(taken).toEqual(expected.sort((a, b) => a.knownAt - b.knownAt || a.id - b.id));
      seen.rows += taken.length;
    }),
    { numRuns: 500 },
  );
  expect(seen.rows).toBeGreaterThan(5000);
  expect(seen.ranges).toBeLessThan(seen.rows);
});

function toldIn({ events, rows, predicted, held }: ReturnType<typeof labelSegment>, at: number): Told {
  const { offsets, codes, weights } = bagsOf(events, "tags");
  const place = rows[at] ?? -1;
  const numbers = [
    events.weight,
    rowsOf(events, "user"),
    valuesOf(events, "price"),
    events.offsets.get("logit"),
  ];
  const bag = Array.from({ length: (offsets[at + 1] ?? 0) - (offsets[at] ?? 0) }, (_, index) => {
    const value = (offsets[at] ?? 0) + index;
    return (codes[value] ?? Number.NaN) + (weights?.[value] ?? Number.NaN);
  });
  return {
    ...{ id: events.label[at] ?? -1, knownAt: events.knownAtMicros[at] ?? -1, bag },
    numbers: numbers.map((values) => values?.[at] ?? Number.NaN),
    ...{ learner: predicted.learner[place] ?? -1, shadow: predicted.shadow?.[place] ?? -1 },
    isHeld: held?.[at] === 1,
  };
}
