import { expect, it } from "vitest";
import { decodeValues } from "../../../src/convert/formats/decode-values.js";

const numbers = Float32Array.of(1, -2.5, 3);

it("bytes that have a buffer of their own become the values, without a copy", () => {
  const own = new Uint8Array(numbers.slice().buffer);
  const values = decodeValues("float32", own);
  expect(Array.from(values, Number)).toEqual([1, -2.5, 3]);
  expect(values.buffer).toBe(own.buffer);
});

it("part of a buffer is copied: it may lie at any byte, and is somebody else's", () => {
  const file = new Uint8Array(1 + numbers.byteLength);
  file.set(new Uint8Array(numbers.buffer), 1);
  const values = decodeValues("float32", file.subarray(1));
  expect(Array.from(values, Number)).toEqual([1, -2.5, 3]);
  file.fill(0);
  expect(Array.from(values, Number)).toEqual([1, -2.5, 3]);
});
