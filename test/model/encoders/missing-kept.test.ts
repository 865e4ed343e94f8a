import { describe, expect, it } from "vitest";
import type { Column } from "../../../src/core/column.js";
import type { EncoderSpec } from "../../../src/core/model-spec.js";
import { rejectionReasons } from "../../../src/core/rejections.js";
import { encodeNumbers } from "../../../src/model/encoders/numeric.js";

const KEEP: Extract<EncoderSpec, { kind: "dense" }> = {
  ...{ kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" },
  missing: "keep",
};

function encoded(column: Column, rows: number): { values: number[]; reasons: (string | undefined)[] } {
  const into = new Float64Array(rows);
  const rejections = new Uint8Array(rows);
  encodeNumbers(KEEP, column, rows, into, 0, rejections);
  return { values: [...into], reasons: Array.from(rejections, (code) => rejectionReasons[code - 1]) };
}

describe("a dense encoder with missing: keep", () => {
  it("lets null and NaN through, and numbers as they are", () => {
    const { values, reasons } = encoded({ kind: "number", values: Float64Array.of(1.5, Number.NaN, -0) }, 3);
    expect(values).toEqual([1.5, Number.NaN, -0]);
    expect(reasons).toEqual([undefined, undefined, undefined]);
  });

  it("sets a text aside that is no number, and keeps one that says missing", () => {
    const column: Column = {
      kind: "text",
      distinct: ["2", "", " NaN ", "n/a"],
      codes: Int32Array.of(0, 1, 2, 3, -1),
    };
    const { values, reasons } = encoded(column, 5);
    expect(values.slice(0, 3)).toEqual([2, Number.NaN, Number.NaN]);
    expect(reasons).toEqual([undefined, undefined, undefined, "value-missing", undefined]);
  });

  it("sets an infinite number aside", () => {
    const { reasons } = encoded({ kind: "number", values: Float64Array.of(Number.POSITIVE_INFINITY) }, 1);
    expect(reasons).toEqual(["value-not-finite"]);
  });
});
