import { expect, it } from "vitest";
import type { FeatureSpec, TermSpec } from "../../src/core/model-spec.js";
import { tableShapes } from "../../src/core/table-shapes.js";
import { explainRow } from "../../src/replay/explain-row.js";
import { memoryLog } from "../support/log.js";
import { FEATURES, specOf } from "../support/models.js";

const tags: FeatureSpec = {
  name: "tags",
  column: "tags",
  encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 0 } },
  bag: { combine: "mean" },
};
const terms: readonly TermSpec[] = [
  { kind: "offset", name: "offset", column: "production", scale: "logit" },
  { kind: "linear", name: "linear", features: ["user", "price", "tags"] },
  { kind: "dot", name: "dot", left: "user", right: "tags", width: 2 },
];
const spec = specOf(terms, { features: [...FEATURES, tags] });
const model = {
  spec: {
    ...spec,
    newRows: Object.fromEntries(
      terms.flatMap((term) => tableShapes(term, spec)).map(({ name }) => [name, { noise: 1 }]),
    ),
  },
  vocabularies: new Map([
    ["tags", { ids: ["a", "b"], rows: Int32Array.of(1, 2), counts: new Float64Array(2) }],
  ]),
  tensors: new Map(),
};
const log = memoryLog(
  {
    user: { type: "integer", cells: [0, 1, 2, 9] },
    item: { type: "integer", cells: [0, 1, 2, 3] },
    price: { type: "float", cells: [0.5, -2, 3, 1] },
    age: { type: "float", cells: [1, 1, 1, 1] },
    tags: { type: "list of text", cells: [["a"], [], ["b", "new", "a"], ["a"]] },
    production: { type: "float", cells: [0.25, 0, -1, 0] },
  },
  [[2, 1], [1]],
);

it("a bag, a number, a logged score: rows with their weights, and parts that add up", async () => {
  const explained = await explainRow(model, log, 2);
  expect(explained).toMatchObject({ row: 2, file: "a.parquet", rowGroup: 1, rowOfFile: 2 });
  expect(explained.offsets).toEqual([{ column: "production", value: -1 }]);
  const bag = explained.features.find(({ feature }) => feature === "tags");
  expect(bag?.value).toEqual(["b", "new", "a"]);
  const third = { weight: 1 / 3, isNew: false };
  expect(bag?.rows).toEqual([
    { row: 2, ...third },
    { row: 0, ...third, isNew: true },
    { row: 1, ...third },
  ]);
  const vectors = new Map(
    explained.features.flatMap((one) => one.vectors.map(({ table, values }) => [table, values])),
  );
  const { result } = explained;
  if ("rejected" in result) throw new Error(result.rejected.join());
  const [offset, linear, dot] = result.terms;
  expect(offset?.contribution).toBe(-1);
  const [user = 0] = vectors.get("linear/user") ?? [];
  const [price = 0] = vectors.get("linear/price") ?? [];
  const [ofTags = 0] = vectors.get("linear/tags") ?? [];
  expect(linear?.features?.map(({ contribution }) => contribution)).toEqual([user, price, ofTags]);
  expect(linear?.contribution).toBe(user + price + ofTags);
  const [u, v] = [vectors.get("dot/user") ?? [], vectors.get("dot/tags") ?? []];
  expect(dot?.contribution).toBe((u[0] ?? 0) * (v[0] ?? 0) + (u[1] ?? 0) * (v[1] ?? 0));
  expect(dot?.contribution).not.toBe(0);
  expect(result.score).toBe(result.terms.reduce((sum, { contribution }) => sum + contribution, 0));
});

it("an empty bag gives nothing; an id that cannot be encoded is named, and the row has no score", async () => {
  const empty = (await explainRow(model, log, 1)).features.find(({ feature }) => feature === "tags");
  expect(empty).toMatchObject({ value: [], rows: [], vectors: [{ values: [0] }, { values: [0, 0] }] });
  const rejected = await explainRow(model, log, 3);
  expect(rejected).toMatchObject({ file: "b.parquet", result: { rejected: ["value-out-of-range"] } });
});
