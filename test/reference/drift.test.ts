import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWith } from "../support/external.js";
import type { DriftDocument } from "./checks/drift/schema.js";
import { driftCheck } from "./checks/drift.js";
import { numbersBelow, type Path, sampled, withOneChanged } from "./mutate.js";
import { Tally } from "./tally.js";

/** What the statistics are given; everything else is expected of them. */
const INPUTS = new Set(
  "values change_points params reference current reference_weights current_weights draws".split(" "),
);
/** Of each case, beside the last number of each kind. */
const LEAVES_PER_CASE = 6;

describeWith("UNBATCH_REFERENCE", "drift.json with one expected number changed", (folder) => {
  const whole = JSON.parse(readFileSync(join(folder, "drift.json"), "utf8")) as DriftDocument;

  it("is out, whichever it is", { timeout: 300_000 }, async () => {
    const kinds = new Set<string>();
    let changed = 0;
    for (const part of partsOf(whole)) {
      expect(await outOf(part)).toEqual([]);
      const paths = numbersBelow(part, INPUTS);
      const lastOfKind = new Map(paths.map((path) => [kindOf(path), path]));
      for (const path of [...lastOfKind.values(), ...sampled(paths, LEAVES_PER_CASE)]) {
        expect(await outOf(withOneChanged(part, path)), JSON.stringify(path)).not.toEqual([]);
        kinds.add(kindOf(path));
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

function kindOf(path: Path): string {
  return path.filter((key) => typeof key === "string").join(".");
}

async function outOf(document: unknown): Promise<string[]> {
  const tally = new Tally();
  await driftCheck.run(document, tally, undefined);
  return tally.out;
}
