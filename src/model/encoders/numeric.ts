import type { Column } from "../../core/column.js";
import type { EncoderSpec } from "../../core/model-spec.js";
import { type Rejections, reject } from "../../core/rejections.js";

/**
 * (transform(x) - mean) / scale, at the source framework's precision; NaN and null become `missing`, stay NaN
 * (`keep`), or are set aside.
 */
export function encodeNumbers(
  spec: Extract<EncoderSpec, { kind: "dense" }>,
  column: Column,
  rows: number,
  into: Int32Array | Float64Array,
  at: number,
  rejections: Rejections,
): void {
  const values = numbersOf(column, rows);
  const standardise = standardiser(spec);
  const isPlain = spec.precision === "float64" && spec.transform === "none" && !spec.truncate;
  for (let row = 0; row < rows; row++) {
    if (isPlain && into instanceof Float64Array) row = standardisePlain(spec, values, row, rows, into, at);
    if (row === rows) return;
    let value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) {
      if (spec.missing === undefined) {
        reject(rejections, row, "value-missing");
        into[at + row] = 0;
        continue;
      }
      if (spec.missing === "keep") {
        if (isWord(column, row)) reject(rejections, row, "value-missing");
        into[at + row] = Number.NaN;
        continue;
      }
      value = spec.missing;
    }
    const standardised = standardise(value);
    if (!Number.isFinite(standardised)) reject(rejections, row, "value-not-finite");
    into[at + row] = Number.isFinite(standardised) ? standardised : 0;
  }
}

/** What `standardise` does to most columns, without a call a row: up to the first that is not finite, or `rows`. */
function standardisePlain(
  { mean, scale }: { mean: number; scale: number },
  values: Float64Array,
  from: number,
  rows: number,
  into: Float64Array,
  at: number,
): number {
  const divisor = scale === 0 ? 1 : scale;
  for (let row = from; row < rows; row++) {
    const plain = ((values[row] ?? Number.NaN) - mean) / divisor;
    if (plain - plain !== 0) return row;
    into[at + row] = plain;
  }
  return rows;
}

/** One value -> the model's input. */
export function standardiser(spec: Extract<EncoderSpec, { kind: "dense" }>): (value: number) => number {
  const round = spec.precision === "float32" ? Math.fround : (x: number) => x;
  const transform = spec.transform === "log1p" ? Math.log1p : (x: number) => x;
  const mean = round(spec.mean);
  const scale = round(spec.scale);
  return (value) => {
    const whole = spec.truncate ? Math.trunc(value) : value;
    const centred = round(round(transform(round(whole))) - mean);
    return scale === 0 ? centred : round(centred / scale);
  };
}

/** A text that is there and is no number: what it is meant for is not known. */
function isWord(column: Column, row: number): boolean {
  if (column.kind === "number") return false;
  const text = column.distinct[column.codes[row] ?? -1]?.trim() ?? "";
  return text !== "" && text.toLowerCase() !== "nan";
}

/** NaN where a value is null, or a text that stands for no number. */
export function numbersOf(column: Column, rows: number): Float64Array {
  if (column.kind === "number") return column.values;
  const { distinct, codes } = column;
  const parsed = Float64Array.from(distinct, (text) => (text.trim() === "" ? Number.NaN : Number(text)));
  return Float64Array.from({ length: rows }, (_, row) => parsed[codes[row] ?? -1] ?? Number.NaN);
}
