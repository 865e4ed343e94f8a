import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { linearJson } from "../../../src/convert/formats/linear-json/reader.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { openTree } from "../../../src/io/files.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const PATH = "fixtures/made/sklearn_lr_hash/lr.json";
const tree = (text: string) => memoryTree("m.json", { "m.json": Buffer.from(text) });
const read = (text: string): Checkpoint => linearJson.read(tree(text));
const shapes = ({ tensors }: Checkpoint): [string, readonly number[], number[]][] =>
  [...tensors.values()].map(({ name, shape, values }) => [name, shape, Array.from(values(), Number)]);

describe("a linear model of scikit-learn as JSON", () => {
  it("has the weights of the same model's npz, spread over the rows of its hasher", async () => {
    const { format, tensors } = await openCheckpoint(openTree(PATH));
    const npz = await openCheckpoint(openTree(PATH.replace(".json", ".npz")));
    expect(format).toBe("sklearn-json");
    for (const name of ["coef", "intercept"]) {
      const [mine, other] = [tensors.get(name), npz.tensors.get(name)];
      expect(mine?.shape).toEqual(other?.shape);
      expect(Array.from(mine?.values() ?? [], Number)).toEqual(Array.from(other?.values() ?? [], Number));
    }
  });

  it("has one row or several, with or without an underscore", () => {
    expect(shapes(read('{"coef": [1, -2], "intercept": 0.5}'))).toEqual([
      ["coef", [1, 2], [1, -2]],
      ["intercept", [1], [0.5]],
    ]);
    expect(shapes(read('{"coef_": [[1, 2], [3, 4], [5, 6]], "intercept_": [7, 8, 9]}'))).toEqual([
      ["coef", [3, 2], [1, 2, 3, 4, 5, 6]],
      ["intercept", [3], [7, 8, 9]],
    ]);
  });

  it.each([
    ['{"coef": []}', /no list as coef/],
    ['{"coef": [[1, 2], [3]]}', /rows of coef of different lengths/],
    ['{"coef": [1, "2"]}', /"2" in coef/],
    ['{"coef": [1], "intercept": "a"}', /"a" in intercept/],
    [
      '{"coef": [[8, 1]], "hasher": {"n_features": 8}}',
      /\[8,1\] in coef\n {2}expected: \[index below 8, weight\]/,
    ],
    ['{"coef": [[1, 1]], "hasher": {"n_features": 1e9}}', /n_features 1000000000/],
    ['{"coef": [1', /byte \d+/],
  ])("refuses %s", (text, message) => {
    expect(linearJson.recognises(tree(text))).toBe(true);
    expect(() => read(text)).toThrow(message);
  });

  it("leaves other JSON to others", () => {
    expect(linearJson.recognises(openTree("fixtures/made/sklearn_lr_hash/golden.json"))).toBe(false);
  });

  const file = new Uint8Array(readFileSync(PATH));
  expectSafeFiles("damaged, is read or refused", "lr.json", { "lr.json": file }, { runs: 60 });
});
