import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/cli.js";
import { compared, replayed, type SmallEvent, writeLog, YAML } from "./small-log.js";

const DAYS = 6;
const folder = temporaryFolder();
let written = 0;
const fresh = (): string => join(folder, String(written++));

/** Events of a few users and items over a few days, some at the same second. */
const events = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: DAYS * 24 }).map((hours) => hours * 3600),
      user: fc.constantFrom("ann", "bob", "cem", "dot", "eve"),
      item: fc.constantFrom("tea", "pie", "jam", "rye"),
      price: fc.integer({ min: -8, max: 8 }).map((eighths) => eighths / 8),
      clicked: fc.constantFrom(0, 1),
    }),
    { minLength: 40, maxLength: 80 },
  )
  // One event at the very start and end, so that the range of days is the same for every draw.
  .map((list): SmallEvent[] =>
    [...list, { ...list[0], at: 0 }, { ...list[1], at: DAYS * 86_400 }]
      .map((event, id) => ({ user: "ann", item: "tea", price: 0, clicked: 0, ...event, id }))
      .sort((a, b) => a.at - b.at || a.id - b.id),
  );

describe("the same bits", () => {
  it("for any cut into files and row groups that keeps the order", async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.array(fc.nat(80), { maxLength: 4 }),
        fc.integer({ min: 1, max: 30 }),
        async (list, cuts, rows) => {
          const whole = writeLog(fresh(), [list], 1000);
          const edges = [
            0,
            ...cuts.map((cut) => Math.min(cut, list.length)).sort((a, b) => a - b),
            list.length,
          ];
          const parts = edges.slice(1).map((edge, index) => list.slice(edges[index], edge));
          const cut = writeLog(fresh(), parts, rows);
          expect(await replayed(cut)).toEqual(await replayed(whole));
          expect(await compared(cut)).toEqual(await compared(whole));
          seen += 1;
        },
      ),
      { numRuns: 12 },
    );
    expect(seen).toBe(12);
  });

  it("for any permutation, with an event id", async () => {
    const yaml = YAML.replace("label: clicked", "label: clicked, eventId: event_id");
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(events, fc.infiniteStream(fc.nat(1e6)), async (list, keys) => {
        const shuffled = list
          .map((event) => ({ event, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const mixed = shuffled.map(({ event }) => event);
        if (mixed.some((event, index) => event !== list[index])) moved += 1;
        const one = await replayed(writeLog(fresh(), [list], 1000), yaml);
        expect(await replayed(writeLog(fresh(), [mixed.slice(0, 20), mixed.slice(20)], 7), yaml)).toEqual(
          one,
        );
      }),
      { numRuns: 12 },
    );
    expect(moved).toBeGreaterThan(8);
  });

  it("of warm daily and all history daily", async () => {
    let scored = 0;
    await fc.assert(
      fc.asyncProperty(events, async (list) => {
        const { policies } = await compared(writeLog(fresh(), [list], 1000));
        const [warm, all] = ["warm", "all_history"].map((name) =>
          policies.find((policy) => policy.name === name),
        );
        expect(warm?.metrics).toEqual(all?.metrics);
        expect(warm?.slices).toEqual(all?.slices);
        expect(all?.cost.rowsLearned).toBeGreaterThanOrEqual(warm?.cost.rowsLearned ?? 0);
        scored += warm?.slices.length ?? 0;
      }),
      { numRuns: 12 },
    );
    expect(scored).toBeGreaterThan(20);
  });
});

describe("no look into the future", () => {
  it("a row after a time changes no prediction before it", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(events, fc.integer({ min: 1, max: DAYS - 1 }), async (list, day) => {
        const cutOff = day * 86_400;
        const changed = list.map((event) =>
          event.at >= cutOff
            ? { ...event, user: "zoe", item: "fig", price: 1 - event.price, clicked: 1 - event.clicked }
            : event,
        );
        const [before, after] = [
          await replayed(writeLog(fresh(), [list], 1000)),
          await replayed(writeLog(fresh(), [changed], 1000)),
        ].map(({ result }) => windowsBefore(result, day));
        expect(after).toEqual(before);
        compared += before?.length ?? 0;
      }),
      { numRuns: 15 },
    );
    expect(compared).toBeGreaterThan(20);
  });
});

function windowsBefore(result: string, day: number): unknown[] {
  const { windows } = JSON.parse(result) as { windows: { start: string }[] };
  const end = new Date(Date.UTC(2024, 0, 1 + day)).toISOString();
  return windows.filter(({ start }) => start < end);
}
