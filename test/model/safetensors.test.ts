import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesInMemory } from "../../src/core/bytes.js";
import { UnbatchError } from "../../src/core/errors.js";
import { elementCount, partsOf, stretchesOf, type Tensor } from "../../src/core/tensor.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/model/safetensors.js";

const WHERE = "model/state.safetensors";
const decode = (file: Uint8Array): Map<string, Tensor> =>
  decodeSafetensors(bytesInMemory(WHERE, file), WHERE);

function tensorOf(name: string, shape: readonly number[], values: Float32Array | Float64Array): Tensor {
  const dtype = values instanceof Float64Array ? "float64" : "float32";
  return { name, shape, dtype, values: () => values };
}

const mapOf = (tensors: readonly Tensor[]): Map<string, Tensor> =>
  new Map(tensors.map((tensor) => [tensor.name, tensor]));

/** A file with this header text over this much data. */
function fileOf(header: string, dataBytes: number, headerBytes?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, headerBytes ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const tensors = fc
  .uniqueArray(
    fc.record({
      name: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "a/weight")),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
      isDouble: fc.boolean(),
      seed: fc.double(),
    }),
    { selector: ({ name }) => name, maxLength: 6 },
  )
  .map((list) =>
    list
      .filter(({ name }) => name !== "__metadata__")
      .map(({ name, shape, isDouble, seed }) => {
        const values = Array.from({ length: elementCount(shape) }, (_, index) => seed * (index - 1));
        return tensorOf(name, shape, isDouble ? Float64Array.from(values) : Float32Array.from(values));
      }),
  );

describe("a state file", () => {
  it("comes back to the bit, whatever the names, and whatever the offset of the bytes", () => {
    let compared = 0;
    fc.assert(
      fc.property(tensors, fc.nat(9), (list, offset) => {
        const encoded = encodeSafetensors(mapOf(list));
        const shifted = Buffer.alloc(encoded.length + offset);
        shifted.set(encoded, offset);
        const decoded = decode(shifted.subarray(offset));
        expect(decoded.size).toBe(list.length);
        for (const { name, shape, dtype, values } of list) {
          expect(decoded.get(name)).toMatchObject({ name, shape, dtype });
          expect(decoded.get(name)?.values()).toEqual(values());
          compared += 1;
        }
      }),
    );
    expect(compared).toBeGreaterThan(100);
  });

  it("is read in parts: those asked for, and all of them in stretches of whole rows", () => {
    const values = Float32Array.from({ length: 3 * 400_000 }, (_, index) => Math.sin(index));
    const [tensor] = decode(encodeSafetensors(mapOf([tensorOf("a", [400_000, 3], values)]))).values();
    if (tensor === undefined) throw new Error("no tensor");
    expect(partsOf(tensor)(7, 100_001)).toEqual(values.subarray(7, 100_001));
    const stretches = [...stretchesOf(tensor, 3)];
    expect(stretches.length).toBeGreaterThan(2);
    for (const { from, values: part } of stretches) {
      expect(from % 3).toBe(0);
      expect(part).toEqual(values.subarray(from, from + part.length));
    }
    expect(stretches.reduce((sum, one) => sum + one.values.length, 0)).toBe(values.length);
  });

  it("is the same bytes whatever the order of its tensors", () => {
    const a = tensorOf("a", [2], Float32Array.of(1, 2));
    const b = tensorOf("b", [1, 1], Float64Array.of(3));
    expect(encodeSafetensors(mapOf([b, a]))).toEqual(encodeSafetensors(mapOf([a, b])));
  });

  it("of doubles beside an odd number of floats is aligned all the same", () => {
    const list = [tensorOf("a", [3], Float32Array.of(1, 2, 3)), tensorOf("b", [1], Float64Array.of(4))];
    const decoded = decode(encodeSafetensors(mapOf(list)));
    expect(decoded.get("b")?.values()).toEqual(Float64Array.of(4));
  });
});

describe("a damaged state file", () => {
  const good = encodeSafetensors(mapOf([tensorOf("a", [2, 2], Float64Array.of(1, 2, 3, 4))]));

  it("cut anywhere: refused, and which file", () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => decode(good.subarray(0, length))).toThrow(UnbatchError);
      expect(() => decode(good.subarray(0, length))).toThrow(WHERE);
    }
    expect(good.length).toBeGreaterThan(80);
  });

  it.each([
    ["a header of 2^63 bytes", fileOf("{}", 8, 2n ** 63n)],
    ["a header past the end", fileOf("{}", 8, 11n)],
    ["a header that is no JSON", fileOf("{]", 8)],
    ["a header that is a number", fileOf("7", 8)],
    ["a header that is null", fileOf("null", 8)],
    ["an entry that is no object", fileOf('{"a": 3}', 8)],
    ["a type that is not kept", fileOf('{"a": {"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', 8)],
    ["a negative size", fileOf('{"a": {"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', 8)],
    ["a size that is no number", fileOf('{"a": {"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}', 8)],
    ["three offsets", fileOf('{"a": {"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}', 8)],
    ["data past the end", fileOf('{"a": {"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', 8)],
    ["data from the end backwards", fileOf('{"a": {"dtype":"F32","shape":[2],"data_offsets":[8,0]}}', 8)],
    [
      "data of another size than its shape",
      fileOf('{"a": {"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8),
    ],
    [
      "an endless shape",
      fileOf('{"a": {"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,8]}}', 8),
    ],
  ])("%s: refused", (_title, file) => {
    expect(() => decode(file)).toThrow(UnbatchError);
    expect(() => decode(file)).toThrow(WHERE);
  });
});
