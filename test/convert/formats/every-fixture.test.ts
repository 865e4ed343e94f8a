import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataFolder } from "../../support/external.js";
import * as b from "./bundles.js";
import { damaged } from "./damaged.js";
import { type Fixture, fixturesBelow } from "./fixtures.js";
import * as g from "./graphs.js";
import { outcome } from "./outcome.js";

/** Changes of each checkpoint. A long search: UNBATCH_FUZZ_RUNS=500 FAST_CHECK_SEED=7, and UNBATCH_DATA. */
const RUNS = Number(process.env["UNBATCH_FUZZ_RUNS"] ?? 20);
/** Elements a byte of the files: data may be deflated. */
const MOST = 300;

/** TensorFlow's, of which no file is here. */
const variables = b.bundle("variables/variables", {
  "rows/embedding": { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
  "rows/embedding/Adagrad": { shape: [3, 2], values: [1, 1, 1, 1, 1, 1] },
  global_step: { shape: [], values: [7] },
});
const graph = g.savedModel(
  [
    g.node("city", "Placeholder", [], { dtype: g.type("string") }),
    g.constant("keys", "string", ["Rome", "Oslo"]),
    g.constant("values", "int64", [0, 1]),
    g.node("table", "HashTableV2"),
    g.node("init", "LookupTableImportV2", ["table", "keys", "values"]),
    g.constant("unknown", "int64", [2], []),
    g.node("find", "LookupTableFindV2", ["table", "city", "unknown"]),
    g.variable("rows/embedding", [3, 2]),
    g.node("gather", "ResourceGather", ["rows/embedding", "find"]),
  ],
  [],
  { logits: "gather:0" },
);
const savedModel: Fixture = {
  name: "a SavedModel",
  path: "export",
  files: { ...variables, "saved_model.pb": graph },
};

const data = dataFolder();
const fixtures = [
  savedModel,
  ...(await fixturesBelow("fixtures/made")),
  ...(data === undefined ? [] : await fixturesBelow(join(data, "checkpoints"))),
];

describe("every checkpoint, damaged, is read or refused", () => {
  const seen = { read: 0, refused: 0 };

  it.each(fixtures)("$name", { timeout: 60_000 + RUNS * 1000 }, async ({ path, files }) => {
    await fc.assert(
      fc.asyncProperty(damaged(files), async (changed) => {
        seen[await outcome(path, changed, MOST)] += 1;
      }),
      { numRuns: RUNS, endOnFailure: RUNS > 100 },
    );
  });

  it("and both were seen, often", () => {
    expect(fixtures.length).toBeGreaterThan(70);
    expect(seen.read + seen.refused).toBe(RUNS * fixtures.length);
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan((RUNS * fixtures.length) / 5);
  });
});
