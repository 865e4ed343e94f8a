import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogSource } from "../../src/core/column.js";
import type { Scratch } from "../../src/core/scratch.js";
import { ioError } from "../../src/io/io-error.js";
import { loadKernels } from "../../src/io/kernels.js";
import { scratchBeside } from "../../src/io/scratch.js";
import type { ReplayOptions } from "../../src/replay/replay.js";
import { replayed } from "../properties/small-log.js";
import { temporaryFolder } from "../support/cli.js";
import { FAMILIES, yamlOf } from "../support/families.js";
import { memoryLog } from "../support/log.js";

const START_MICROS = Date.UTC(2024, 0, 1) * 1000;
const HOUR_MICROS = 3600e6;
const folder = temporaryFolder();
const kernels = loadKernels();

interface Event {
  /** Hours after the first day began, and from then until the label was known; null where it never was. */
  shown: number;
  delay: number | null;
  user: string;
  item: string;
  price: number;
  clicked: number;
}

const event = fc.record({
  shown: fc.nat(72),
  delay: fc.oneof(
    { weight: 3, arbitrary: fc.nat(60) },
    { weight: 1, arbitrary: fc.constantFrom(0, 0, 24, null) },
  ),
  user: fc.constantFrom("ann|bob", "bob", "cem", "dot|ann|eve", "eve"),
  item: fc.constantFrom("tea", "pie", "jam", "rye", "fig", "oat", "ham", "egg"),
  price: fc.integer({ min: -8, max: 8 }).map((eighths) => eighths / 8),
  clicked: fc.constantFrom(0, 1),
});
const events = fc
  .array(event, { minLength: 30, maxLength: 90 })
  .map((list): Event[] => list.sort((a, b) => a.shown - b.shown));

function logOf(list: readonly Event[]): LogSource {
  const micros = (hours: number): number => START_MICROS + hours * HOUR_MICROS;
  return memoryLog({
    shown_at: { type: "timestamp", cells: list.map(({ shown }) => micros(shown)) },
    known_at: {
      type: "timestamp",
      cells: list.map(({ shown, delay }) => (delay === null ? null : micros(shown + delay))),
    },
    user: { type: "text", cells: list.map(({ user }) => user) },
    item: { type: "text", cells: list.map(({ item }) => item) },
    price: { type: "float", cells: list.map(({ price }) => price) },
    clicked: { type: "integer", cells: list.map(({ clicked }) => clicked) },
  });
}

/** Counts what goes to disk and comes back. */
function watchedScratch(): { scratch: Scratch; counts: { files: number; open: number; read: number } } {
  const counts = { files: 0, open: 0, read: 0 };
  const { create } = scratchBeside(join(folder, "run"));
  return {
    counts,
    scratch: {
      create() {
        const file = create();
        counts.files += 1;
        counts.open += 1;
        return {
          append: (bytes) => file.append(bytes),
          read(from, length) {
            counts.read += 1;
            return file.read(from, length);
          },
          close() {
            counts.open -= 1;
            file.close();
          },
        };
      },
    },
  };
}

const modes: fc.Arbitrary<Partial<ReplayOptions>> = fc.constantFrom(
  {},
  { probe: { share: 0.3, everyWindows: 1 } },
  { frozen: true },
  { publishEveryMicros: 7 * HOUR_MICROS, updateEveryMicros: 5 * HOUR_MICROS },
  { detectors: [] },
);

describe("labels that wait on disk", () => {
  it.each(FAMILIES)(
    "$name: the same result and the same bits as in memory, for any delays",
    async (family) => {
      const yaml = yamlOf(family, "{ column: known_at }");
      const seen = { files: 0, read: 0 };
      const digests = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          events,
          modes,
          fc.integer({ min: 1, max: 40 }),
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 1, max: 300 }),
          async (list, mode, rowsAtOnce, rows, chunkBytes) => {
            const options = { ...mode, ...(family.kernel === "plain" ? {} : { kernels }) };
            const run = (more: Partial<ReplayOptions>, at = rowsAtOnce) =>
              replayed(logOf(list), yaml, { ...options, ...more }, at);
            const inMemory = await run({}, 1000);
            // Nothing in memory, a few rows of some 70 bytes, and more than there are.
            for (const bytes of [0, 70 * rows, Number.POSITIVE_INFINITY]) {
              const { scratch, counts } = watchedScratch();
              expect(await run({ spool: { bytes, chunkBytes, scratch } })).toEqual(inMemory);
              expect(counts.open).toBe(0);
              expect(counts.read).toBeGreaterThanOrEqual(counts.files);
              if (bytes === Number.POSITIVE_INFINITY) expect(counts.files).toBe(0);
              seen.files += counts.files;
              seen.read += counts.read;
            }
            digests.add(createHash("sha256").update(inMemory.state).digest("hex"));
            expect(readdirSync(folder)).toEqual([]);
          },
        ),
        { numRuns: 30 },
      );
      expect(seen.files).toBeGreaterThan(100);
      expect(seen.read).toBeGreaterThan(2 * seen.files);
      expect(digests.size).toBeGreaterThan(20);
    },
  );
});

it("takes the losses of as many labels at once as it likes: alarms and bits are the same", async () => {
  const [family] = FAMILIES;
  if (family === undefined) throw new Error("no family");
  // More labels than losses are put off of: all known at one instant late in the log, or each at once in one block.
  const list = Array.from({ length: 140_000 }, (_, id): Event => {
    const clicked = id % (id < 70_000 ? 9 : 2) === 0 ? 1 : 0;
    return { shown: Math.floor(id / 7000), delay: 0, user: "bob", item: "tea", price: id % 3, clicked };
  });
  const late = list.map((event) => ({ ...event, delay: Math.max(0, 19 - event.shown) }));
  const found: { files: number; alarms: number }[] = [];
  for (const log of [logOf(list), logOf(late)]) {
    const { scratch, counts } = watchedScratch();
    const spool = { bytes: 2 ** 20, chunkBytes: 2 ** 17, scratch };
    const yaml = yamlOf(family, "{ column: known_at }");
    const whole = await replayed(log, yaml, { kernels }, 140_000);
    expect(await replayed(log, yaml, { kernels, spool }, 10_000)).toEqual(whole);
    found.push({ files: counts.files, alarms: whole.result.match(/"2024-[^"]*Z"[,\]]/g)?.length ?? 0 });
  }
  const [atOnce, waiting] = found;
  expect(atOnce?.alarms).toBeGreaterThan(0);
  expect(waiting?.files).toBeGreaterThan(5);
});

it("a disk without space ends the run with exit 3 and the path, and leaves nothing open", async () => {
  const [family] = FAMILIES;
  if (family === undefined) throw new Error("no family");
  const list = Array.from(
    { length: 60 },
    (_, id): Event => ({ shown: id, delay: 40, user: "bob", item: "tea", price: 0, clicked: id % 2 }),
  );
  let failures = 0;
  for (let last = 0; last < 5; last++) {
    const { scratch, counts } = watchedScratch();
    let appended = 0;
    const full: Scratch = {
      create() {
        const file = scratch.create();
        const append = (bytes: Uint8Array): void => {
          if (appended++ < last) file.append(bytes);
          else {
            const cause = Object.assign(new Error("ENOSPC: write"), { code: "ENOSPC", syscall: "write" });
            throw ioError(cause, "runs/out.scratch-1");
          }
        };
        return { append, read: file.read, close: file.close };
      },
    };
    const spool = { bytes: 0, chunkBytes: 100, scratch: full };
    const run = replayed(logOf(list), yamlOf(family, "{ column: known_at }"), { spool }, 10);
    await expect(run).rejects.toMatchObject({
      exitCode: 3,
      parts: { where: "runs/out.scratch-1", found: "no space left on the disk" },
    });
    expect([counts.open, readdirSync(folder)]).toEqual([0, []]);
    failures += 1;
  }
  expect(failures).toBe(5);
});
