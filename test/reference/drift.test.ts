import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWith } from "../support/external.js";
import type { DriftDocument } from "./checks/drift/schema.js";
import { driftCheck } from "./checks/drift.js";
import { Tally } from "./tally.js";

type Path = (string | number)[];
/** What the statistics are given; everything else is expected of them. */
const inputs = /^(values|change_points|params|reference|current|\w+_weights|draws|note|where|rng|seed)$/;
/** Of each case: enough to meet every kind of number in it. */
const LEAVES_PER_CASE = 6;

describeWith("UNBATCH_REFERENCE", "drift.json with one expected number changed", (folder) => {
  const whole = JSON.parse(readFileSync(join(folder, "drift.json"), "utf8")) as DriftDocument;
  const parts = partsOf(whole);

  it("is out, whichever it is", { timeout: 300_000 }, async () => {
    const kinds = new Set<string>();
    let changed = 0;
    for (const part of parts) {
      expect(await outOf(part)).toEqual([]);
      for (const path of sample(leavesOf(part, []), LEAVES_PER_CASE)) {
        // The values of a detector's stream are shared: what was computed of them serves again.
        const streams = part.detectors.length > 0 ? part.streams : structuredClone(part.streams);
        const copy = { ...structuredClone({ ...part, streams: {} }), streams };
        change(copy, path);
        expect(await outOf(copy), JSON.stringify(path)).not.toEqual([]);
        kinds.add(path.filter((key) => typeof key === "string").join("."));
        changed += 1;
      }
    }
    expect(changed).toBeGreaterThan(500);
    expect(kinds.size).toBeGreaterThan(40);
  });
});

/** One document a case, so that a change costs the case and not the file. */
function partsOf({ streams, detectors, two_sample }: DriftDocument): DriftDocument[] {
  const empty: DriftDocument = { streams: {}, detectors: [], two_sample: [] };
  return [
    ...Object.entries(streams)
      .filter(([, { published }]) => published.length > 0)
      .map(([name, stream]) => ({ ...empty, streams: { [name]: stream } })),
    ...detectors
      .filter(({ variant }) => variant !== "river_legacy")
      .map((one) => {
        const { values, change_points } = streams[one.stream] ?? { values: [], change_points: [] };
        const stream = { values, change_points, published: [] };
        return { ...empty, streams: { [one.stream]: stream }, detectors: [one] };
      }),
    ...two_sample.map((pair) => ({ ...empty, two_sample: [pair] })),
  ];
}

async function outOf(part: DriftDocument): Promise<string[]> {
  const tally = new Tally();
  await driftCheck.run(part, tally, undefined);
  return tally.out;
}

function leavesOf(value: unknown, path: Path): Path[] {
  if (typeof value === "number") return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    inputs.test(key) ? [] : leavesOf(item, [...path, key]),
  );
}

/** Spread over the list, and of each name the first. */
function sample(paths: readonly Path[], count: number): Path[] {
  const named = new Map(paths.map((path) => [path.filter((key) => typeof key === "string").join("."), path]));
  const step = Math.max(1, Math.floor(paths.length / count));
  return [...new Set([...named.values(), ...paths.filter((_, index) => index % step === 0)])];
}

function change(document: unknown, path: Path): void {
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], document);
  const holder = parent as Record<string, number>;
  const key = String(path.at(-1));
  const value = holder[key] ?? Number.NaN;
  holder[key] = Number.isInteger(value) ? value + 1 : value * (1 + 1e-6);
}
