import {
  Float64,
  Int32,
  makeVector,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { seededRandom } from "../../src/core/random.js";
import type { Vocabulary } from "../../src/core/vocabulary.js";
import { arrowVocabulary, readArrowIds } from "../../src/io/arrow.js";

const vocabulary = (ids: readonly string[]): Vocabulary => ({
  ids,
  rows: Int32Array.from(ids, (_, index) => index * 3),
  counts: Float64Array.from(ids, (_, index) => index / 2),
});

describe("a vocabulary as an Arrow file", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "binary" }), { maxLength: 50 }), (ids) => {
        expect(arrowVocabulary.decode(arrowVocabulary.encode(vocabulary(ids)), "v.arrow")).toEqual(
          vocabulary(ids),
        );
      }),
    );
  });

  it("has the documented columns for any Arrow reader", () => {
    const table = tableFromIPC(arrowVocabulary.encode(vocabulary(["a", "b"])));
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id Utf8",
      "row Int32",
      "count Float64",
    ]);
  });

  const tableOf = (columns: Record<string, unknown>): Uint8Array =>
    tableToIPC(new Table(columns as never), "file");
  const ids = (values: (string | null)[]) => vectorFromArray(values, new Utf8());
  const ints = (values: number[]) =>
    makeVector({ type: new Int32(), data: Int32Array.from(values), length: values.length });
  const floats = (values: number[]) =>
    makeVector({ type: new Float64(), data: Float64Array.from(values), length: values.length });

  it("is refused when it is something else", () => {
    const good = arrowVocabulary.encode(vocabulary(["a", "b", "c"]));
    const wrong: [Uint8Array, RegExp][] = [
      [new Uint8Array(0), /0 bytes that begin with ""/],
      [new TextEncoder().encode("id,row\na,0\n"), /begin with "id,row"/],
      [tableOf({ id: ids(["a"]), row: ints([0]) }), /no column count among id, row/],
      [tableOf({ id: ids(["a", null]), row: ints([0, 1]), count: floats([0, 0]) }), /nulls in id/],
      [tableOf({ id: ids(["a", "a"]), row: ints([0, 1]), count: floats([0, 0]) }), /the id "a" twice/],
      [tableOf({ id: ids(["a"]), row: ints([-1]), count: floats([0]) }), /a negative row/],
      [tableOf({ id: ids(["a"]), row: ints([0]), count: floats([Number.NaN]) }), /a count below 0/],
      [tableOf({ id: ids(["a"]), row: floats([0]), count: floats([0]) }), /column row of type float64/],
      [tableOf({ id: floats([1]), row: ints([0]), count: floats([0]) }), /column id of type float64/],
    ];
    for (const [bytes, message] of wrong) {
      expect(() => arrowVocabulary.decode(bytes, "v.arrow")).toThrow(message);
      expect(() => arrowVocabulary.decode(bytes, "v.arrow")).toThrow(UnbatchError);
    }
    for (let cut = 0; cut < good.length - 1; cut += 7) {
      expect(() => arrowVocabulary.decode(good.subarray(0, cut), "v.arrow")).toThrow(UnbatchError);
    }
  });

  it("with bytes changed gives a whole vocabulary or an UnbatchError", () => {
    const random = seededRandom(3);
    const good = arrowVocabulary.encode(vocabulary(Array.from({ length: 20 }, (_, index) => `id ${index}`)));
    let refused = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = good.slice();
      for (let change = 0; change < 3; change++) {
        bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
      }
      try {
        const { ids: found, rows, counts } = arrowVocabulary.decode(bytes, "v.arrow");
        expect([rows.length, counts.length]).toEqual([found.length, found.length]);
      } catch (error) {
        expect(error).toBeInstanceOf(UnbatchError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  it("somebody else's ids: named columns, the first two, or one", () => {
    expect(readArrowIds(tableOf({ value: ids(["a", "b"]), index: ints([5, 6]) }), "x")).toEqual({
      ids: ["a", "b"],
      rows: [5, 6],
    });
    expect(readArrowIds(tableOf({ row: ints([5]), id: ids(["a"]) }), "x")).toEqual({ ids: ["a"], rows: [5] });
    expect(readArrowIds(tableOf({ id: ints([7, 8]) }), "x")).toEqual({ ids: ["7", "8"] });
  });
});
