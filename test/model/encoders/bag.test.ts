import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column, ListColumn } from "../../../src/core/column.js";
import type { BagSpec, EncoderSpec } from "../../../src/core/model-spec.js";
import { type Bags, joinBags } from "../../../src/model/bags.js";
import { type BagEncoder, createEncoder } from "../../../src/model/encoders/encoder.js";

const identity: EncoderSpec = { kind: "identity", size: 10, outOfRange: 9 };

function encoderOf(bag: BagSpec, encoder: EncoderSpec = identity): BagEncoder {
  const ids = { ids: ["a", "b"], rows: Int32Array.of(1, 2), counts: new Float64Array(2) };
  const created = createEncoder({ name: "tags", column: "tags", encoder, bag }, ids);
  if (created.kind !== "bags") throw new Error(created.kind);
  return created;
}

function listOf(lists: readonly (readonly number[])[]): ListColumn {
  const offsets = Int32Array.from(
    { length: lists.length + 1 },
    (_, row) => lists.slice(0, row).flat().length,
  );
  return { kind: "list", offsets, values: { kind: "number", values: Float64Array.from(lists.flat()) } };
}

function textsOf(texts: readonly (string | null)[]): Column {
  const distinct = [...new Set(texts.filter((text) => text !== null))];
  const codes = Int32Array.from(texts, (text) => (text === null ? -1 : distinct.indexOf(text)));
  return { kind: "text", distinct, codes };
}

function encode(encoder: BagEncoder, values: Column | ListColumn, weights?: Column | ListColumn): Bags {
  const rows = values.kind === "list" ? values.offsets.length - 1 : lengthOf(values);
  const rejections = new Uint8Array(rows);
  const bags = encoder.encode(values, weights, rows, rejections);
  expect([...rejections]).toEqual(new Array(rows).fill(0));
  return bags;
}

function lengthOf(column: Column): number {
  return column.kind === "text" ? column.codes.length : column.values.length;
}

/** [code, weight] pairs by row. */
function contents({ offsets, codes, weights }: Bags): [number, number][][] {
  return Array.from(offsets.subarray(1), (end, row) =>
    Array.from(codes.subarray(offsets[row], end), (code, at): [number, number] => [
      code,
      weights?.[(offsets[row] ?? 0) + at] ?? 1,
    ]),
  );
}

describe("what a bag's rows are multiplied by", () => {
  const lists = [[1, 4], [], [7], [2, 2, 3, 12]];
  const weights = [[3, 1], [], [0], [1, 2, 0, 2]];
  const factorsOf = (bag: BagSpec, isWeighted: boolean): number[][] =>
    contents(encode(encoderOf(bag), listOf(lists), isWeighted ? listOf(weights) : undefined)).map((row) =>
      row.map(([, factor]) => factor),
    );

  it("is 1, or the weight, in a sum", () => {
    expect(factorsOf({ combine: "sum" }, false)).toEqual([[1, 1], [], [1], [1, 1, 1, 1]]);
    expect(factorsOf({ combine: "sum" }, true)).toEqual(weights);
    expect(
      contents(encode(encoderOf({ combine: "sum" }), listOf(lists))).map((row) => row.map(([code]) => code)),
    ).toEqual([[1, 4], [], [7], [2, 2, 3, 9]]);
  });

  it("is divided by the sum of weights in a mean, and is 0 where all weights are", () => {
    expect(factorsOf({ combine: "mean" }, false)).toEqual([[0.5, 0.5], [], [1], [0.25, 0.25, 0.25, 0.25]]);
    expect(factorsOf({ combine: "mean" }, true)).toEqual([[0.75, 0.25], [], [0], [0.2, 0.4, 0, 0.4]]);
  });

  it("is divided by the root of the sum of squares in sqrtn, where weights may be negative", () => {
    const root = Math.sqrt(2);
    expect(factorsOf({ combine: "sqrtn" }, false)).toEqual([
      [1 / root, 1 / root],
      [],
      [1],
      [0.5, 0.5, 0.5, 0.5],
    ]);
    const [first] = contents(encode(encoderOf({ combine: "sqrtn" }), listOf([[1, 2]]), listOf([[3, -4]])));
    expect(first).toEqual([
      [1, 0.6],
      [2, -0.8],
    ]);
  });
});

describe("what a bag holds", () => {
  it("each id by the encoder's rule, new ones in order of their codes", () => {
    const encoder = encoderOf(
      { combine: "sum", split: "|" },
      { kind: "vocabulary", unknown: { rule: "grow", row: 0 }, missing: "b" },
    );
    const texts = textsOf(["a|x|b", null, "", "y||x", "x"]);
    expect(contents(encode(encoder, texts)).map((row) => row.map(([code]) => code))).toEqual([
      [1, -1, 2],
      [],
      [],
      [-2, -3, -1],
      [-1],
    ]);
    expect(encoder.newIds.strings()).toEqual(["x", "y", ""]);
  });

  it("`missing` for a null inside of a list, and nothing for a null list", () => {
    const encoder = encoderOf(
      { combine: "sum" },
      { kind: "hash", buckets: 5, function: "farmhash64", missing: "a" },
    );
    const list: ListColumn = {
      kind: "list",
      offsets: Int32Array.of(0, 2, 2),
      values: textsOf(["a", null]),
      nulls: Uint8Array.of(0, 1),
    };
    const [both, none] = contents(encode(encoder, list));
    expect(both?.[0]).toEqual(both?.[1]);
    expect(none).toEqual([]);
  });

  it("texts and weights split alike; one value of a row with its weight", () => {
    const split = encoderOf({ combine: "sum", split: ";", weights: "w" });
    expect(contents(encode(split, textsOf(["1;2", "3", ""]), textsOf(["0.5;-2", "4", null])))).toEqual([
      [
        [1, 0.5],
        [2, -2],
      ],
      [[3, 4]],
      [],
    ]);
    const single = encoderOf({ combine: "sum", weights: "w" });
    expect(
      contents(
        encode(
          single,
          { kind: "number", values: Float64Array.of(4, 5) },
          { kind: "number", values: Float64Array.of(-1.5, 2) },
        ),
      ),
    ).toEqual([[[4, -1.5]], [[5, 2]]]);
  });

  it("the same however its rows are cut into blocks", () => {
    let values = 0;
    const lists = fc.array(fc.array(fc.nat(12), { maxLength: 5 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        lists,
        fc.constantFrom("sum" as const, "mean" as const),
        fc.nat(30),
        (all, combine, cut) => {
          const whole = encode(encoderOf({ combine }), listOf(all));
          const parts = [all.slice(0, cut), all.slice(cut)].filter(({ length }) => length > 0);
          const encoder = encoderOf({ combine });
          expect(joinBags(parts.map((part) => encode(encoder, listOf(part))))).toEqual(whole);
          values += whole.codes.length;
        },
      ),
    );
    expect(values).toBeGreaterThan(500);
  });
});
