import { expect, it } from "vitest";
import { compareEncoded } from "../../src/convert/parity/encoded-rows.js";
import { parseGolden } from "../../src/convert/parity/golden.js";
import { goldenRows } from "../../src/convert/parity/log-rows.js";
import type { FeatureSpec } from "../../src/core/model-spec.js";
import { newModel } from "../../src/model/create.js";
import { memoryLog } from "../support/log.js";
import { specOf } from "../support/models.js";

const features: readonly FeatureSpec[] = [
  { name: "user", column: "user_id", encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } },
  { name: "word", column: "word", encoder: { kind: "hash", buckets: 8, function: "murmur3-signed" } },
  {
    name: "tags",
    column: "tags",
    encoder: { kind: "identity", size: 9, outOfRange: "reject" },
    bag: { combine: "sum" },
  },
  {
    name: "price",
    column: "price",
    encoder: { kind: "dense", mean: 2, scale: 4, transform: "none", truncate: false, precision: "float32" },
  },
];
const model = {
  ...newModel(
    specOf([{ kind: "linear", name: "linear", features: features.map(({ name }) => name) }], { features }),
  ),
  vocabularies: new Map([
    ["user", { ids: ["a", "b"], rows: Int32Array.of(1, 2), counts: new Float64Array(2) }],
  ]),
};
const columns = {
  user_id: ["b", "nobody", "a"],
  word: ["x", "y", "x"],
  tags: [[3, 1], [], [8]],
  price: [2, 10, 4.4],
  user_row: [2, 0, 1],
  word_row: [0, 0, 0],
  tag_rows: [[3, 1], [], [8]],
  price_value: [0, 2, Math.fround(0.6)],
  logit: [0, 0, 0],
};
const names = {
  ...{ columns: {}, score: "logit", scale: "logit" as const },
  rows: { user: "user_row", tags: "tag_rows", price: "price_value" },
};
const NEEDED = ["user_id", "word", "tags", "price"];

const compare = (changed: Partial<Record<keyof typeof columns, unknown>> = {}, rows = names.rows): string[] =>
  compareEncoded(
    model,
    parseGolden(JSON.stringify({ ...columns, ...changed }), NEEDED, { ...names, rows }, "golden.json"),
  );

it("finds rows, bags and numbers as the source's encoders gave them, new ids at their row", () => {
  expect(compare()).toEqual(["user", "tags", "price"]);
  expect(compare({}, {} as typeof names.rows)).toEqual([]);
});

it("names the first row that differs: column, value, both rows", () => {
  expect(() => compare({ user_row: [2, 3, 9] })).toThrow(
    /golden row 1, column user_id = "nobody": row 0 by the vocabulary encoder of feature user\n {2}expected: row 3/,
  );
  expect(() => compare({ tag_rows: [[3, 1], [], [7]] })).toThrow(
    /golden row 2, column tags = \[8\]: row 8 .*\n.*row 7/,
  );
  expect(() => compare({ tag_rows: [[3], [], [8]] })).toThrow(
    /golden row 0, column tags = \[3,1\]: row 3, 1 /,
  );
  expect(() => compare({ price_value: [0, 2.0001, 0.6] })).toThrow(/column price = 10: number 2 /);
  expect(() => compare({}, { usr: "user_row" } as unknown as typeof names.rows)).toThrow(
    /no feature usr\n {2}expected: one of user, word, tags, price \(perhaps user\)/,
  );
});

it("a bucket with a sign is the source's one row", () => {
  const hashed = (word_row: number[]): string[] =>
    compare({ word_row }, { word: "word_row" } as unknown as typeof names.rows);
  const found: number[][] = [];
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) {
      try {
        hashed([x, y, x]);
        found.push([x, y]);
      } catch (error) {
        expect(String(error)).toContain("column word");
      }
    }
  }
  expect(found).toHaveLength(1);
});

it("reads the same from Parquet", async () => {
  const log = memoryLog({
    user_id: { type: "text", cells: columns.user_id },
    word: { type: "text", cells: columns.word },
    tags: { type: "list of integer", cells: columns.tags },
    price: { type: "float", cells: columns.price },
    user_row: { type: "integer", cells: columns.user_row },
    tag_rows: { type: "list of integer", cells: columns.tag_rows },
    price_value: { type: "float", cells: columns.price_value },
    logit: { type: "float", cells: columns.logit },
  });
  const rows = await goldenRows(log, NEEDED, names, "golden.parquet");
  expect(compareEncoded(model, rows)).toEqual(["user", "tags", "price"]);
  const missing = { ...names, rows: { user: "user_rows" } };
  await expect(goldenRows(log, NEEDED, missing, "golden.parquet")).rejects.toThrow(
    /no column "user_rows"[\s\S]*perhaps user_row/,
  );
});
