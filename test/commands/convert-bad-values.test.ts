import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/core/tensor.js";
import { encodeSafetensors } from "../../src/model/safetensors.js";
import { temporaryFolder } from "../support/cli.js";
import { refusedConversion, written } from "../support/refused.js";

const folder = temporaryFolder();

function tensorOf(shape: number[], change: Record<number, number>, isDouble: boolean): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const numbers = Array.from({ length: count }, (_, at) => change[at] ?? Math.sin(at + 1));
  const values = isDouble ? Float64Array.from(numbers) : Float32Array.from(numbers);
  return { name: "", shape, dtype: isDouble ? "float64" : "float32", values: () => values };
}

/** A matrix factorisation of so many users and two items, with single numbers of the users' vectors changed. */
function checkpoint(users: number, change: Record<number, number> = {}, isDouble = false): string {
  const tensors = new Map([
    ["bias", tensorOf([1], {}, false)],
    ["user_embedding.weight", tensorOf([users, 4], change, isDouble)],
    ["item_embedding.weight", tensorOf([2, 4], {}, false)],
  ]);
  return written(folder, { "model.safetensors": encodeSafetensors(tensors) });
}

function vocabulary(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const USERS = vocabulary("users.txt", "a\nb\nc\n");
const ITEMS = vocabulary("items.txt", "x\ny\n");

const refused = (path: string, user: string, more = "", ...options: string[]): Promise<string> =>
  refusedConversion(
    folder,
    path,
    `features:
  - { name: user, encoder: { kind: vocabulary, ${user} } }
  - { name: item, encoder: { kind: vocabulary, file: ${ITEMS} } }
learner: { optimizer: { kind: sgd, rate: 0.1 } }
${more}`,
    ...options,
  );

describe("a vocabulary and a table of different lengths", () => {
  it.each([
    [
      "one row more: padding",
      4,
      "",
      /4 rows.* uses 3: what are the other 1\? \(Where row 0 was padding.*\n.*\n.*\{ growFrom: 3 \}/,
    ],
    [
      "ten more: rows for unknown ids",
      13,
      "",
      /13 rows.*other 10\? \(Rows for unknown ids.*\n.*\n.*\{ buckets: 10 \}/,
    ],
    [
      "a row too few",
      2,
      "",
      /\[2, 4\] as dot\/user: 2 rows\n.*at least 3 rows.*3 ids in rows up to 2, 1 beyond/,
    ],
    ["no row for unknown ids", 3, ", unknown: { growFrom: 3 }", /at least 4 rows.*unknown ids in row 3/],
    ["too few buckets", 5, ", unknown: { buckets: 3 }", /at least 6 rows.*3 buckets for unknown ids/],
  ])("is explained: %s", async (_, users, unknown, words) => {
    expect(await refused(checkpoint(users), `file: ${USERS}${unknown}`)).toMatch(words);
  });

  it("is not guessed where row 0 is free and others too", async () => {
    const ids = vocabulary("from-one.json", '{"a": 1, "b": 2, "c": 3}');
    expect(await refused(checkpoint(9), `file: ${ids}`)).toMatch(
      /uses 3: what are the other 5\?.*\n.*\n.*\{ growFrom: 0 \}, \{ growFrom: 4 \}/,
    );
  });
});

describe("an id twice is named, with how many there are", () => {
  it.each([
    ["d.txt", "a\nb\na\nb\n", "", /d.txt: "a" twice: line 1 and line 3, and 1 more repeated ids/],
    ["d.csv", "id,row\na,0\nb,1\na,2\n", "", /d.csv: "a" twice: line 2 and line 4/],
    ["d.json", '["a", "b", "a"]', "", /d.json: "a" twice: entry 0 and entry 2/],
    [
      "map.json",
      '{"a": 0, "b": 1, "\\u0061": 2, "b": 3}',
      "",
      /map.json: "a" twice in one object, and 1 more/,
    ],
    [
      "keys.json",
      '{"user": {"a": 0, "a": 1}, "item": {}}',
      ", key: user",
      /keys.json: "a" twice in one object/,
    ],
  ])("%s", async (name, text, key, words) => {
    expect(await refused(checkpoint(3), `file: ${vocabulary(name, text)}${key}`)).toMatch(words);
  });

  it("and an id that JSON rounds", async () => {
    const ids = vocabulary("large.json", "[9007199254740993, 1]");
    expect(await refused(checkpoint(3), `file: ${ids}`)).toMatch(/at 0\n.*whole numbers below 2\^53/);
  });
});

describe("numbers that cannot be kept", () => {
  it("NaN and infinity: tensor, first place, how many", async () => {
    const path = checkpoint(3, { 5: Number.NaN, 7: Number.POSITIVE_INFINITY });
    expect(await refused(path, `file: ${USERS}`)).toMatch(
      /tensor user_embedding.weight: NaN at row 1, column 1: 2 of 12 numbers are not finite/,
    );
  });

  it("float64 beyond float32, with --precision float32: table, tensor, first place, how many", async () => {
    const path = checkpoint(3, { 5: 1e300, 7: -1e299 }, true);
    const words = await refused(path, `file: ${USERS}, unknown: reject`, "", "--precision", "float32");
    expect(words).toMatch(
      /table dot\/user\/weight \(of user_embedding.weight\): 2 of 12 .* float32 cannot hold, the first 1e\+300 at row 1, column 1/,
    );
  });
});

it("a tensor that is told and not there: the closest names", async () => {
  const told = "checkpoint: { tensors: { dot/user: user_embeding.weight } }";
  expect(await refused(checkpoint(3), `file: ${USERS}`, told)).toMatch(
    /no tensor "user_embeding.weight".*\n.*closest names are user_embedding.weight, item_embedding.weight, bias/,
  );
});
