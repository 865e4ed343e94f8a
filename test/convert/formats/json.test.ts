import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, parseJson } from "../../../src/convert/formats/json.js";
import { parseUbjson } from "../../../src/convert/formats/ubjson.js";

const parse = (text: string): Json => parseJson(Buffer.from(text), "m.json");

/** Maps as the objects that JSON.parse gives. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return [...value].map(([key, inner]) => [key, plain(inner)]);
}
function pairs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pairs);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([key, inner]) => [key, pairs(inner)]);
}

describe("JSON", () => {
  it("is what JSON.parse reads, whatever the spaces", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, spaces) => {
        const spaced = JSON.stringify(JSON.parse(text), null, spaces);
        expect(plain(parse(spaced))).toEqual(pairs(JSON.parse(spaced)));
      }),
      { numRuns: 500 },
    );
  });

  it("is refused wherever JSON.parse refuses it, and at no other place", () => {
    const seen = { read: 0, refused: 0 };
    const broken = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', "\\", "1", "e", "-", "\u0001", "tru"),
      )
      .map(
        ([text, at, put]) =>
          text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(broken, (text) => {
        let expected: unknown;
        try {
          expected = pairs(JSON.parse(text));
        } catch {
          seen.refused += 1;
          expect(() => parse(text)).toThrow(/m.json, byte \d+/);
          return;
        }
        seen.read += 1;
        try {
          expect(plain(parse(text))).toEqual(expected);
        } catch (error) {
          // The one thing that JSON.parse lets pass.
          expect(String(error)).toMatch(/the name .* twice/);
        }
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(100);
  });

  it("may have the bare words that Python writes", () => {
    expect(parse("[NaN, Infinity, -Infinity, nan, -inf]")).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it("says at which byte, not at which character", () => {
    expect(() => parse('["é", x]')).toThrow(/m.json, byte 7: "x\]"/);
    expect(() => parse('{"a":1,"a":2}')).toThrow(/byte 10: the name "a" twice/);
    expect(() => parse("[".repeat(300))).toThrow(/byte 201: .*\n.*at most 200 levels/);
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), "m.json")).toThrow(/not UTF-8/);
  });
});

/** The simplest UBJSON of a value; arrays of bytes in the optimised form. */
function ubjson(value: unknown): Buffer {
  const long = (number: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(number));
    return Buffer.concat([Buffer.from("L"), bytes]);
  };
  const text = (word: string): Buffer => Buffer.concat([long(Buffer.from(word).length), Buffer.from(word)]);
  if (value === null) return Buffer.from("Z");
  if (value === true) return Buffer.from("T");
  if (value === false) return Buffer.from("F");
  if (typeof value === "string") return Buffer.concat([Buffer.from("S"), text(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([Buffer.from("D"), bytes]);
  }
  if (Array.isArray(value)) {
    const isBytes =
      value.length > 0 && value.every((item) => Number.isInteger(item) && item >= 0 && item < 256);
    if (isBytes) return Buffer.concat([Buffer.from("[$U#"), long(value.length), Buffer.from(value)]);
    return Buffer.concat([Buffer.from("["), ...value.map(ubjson), Buffer.from("]")]);
  }
  const entries = Object.entries(value ?? {}).flatMap(([key, inner]) => [text(key), ubjson(inner)]);
  return Buffer.concat([Buffer.from("{"), ...entries, Buffer.from("}")]);
}

describe("UBJSON", () => {
  it("is read back to what was written", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(plain(parseUbjson(ubjson(value), "m.ubj"))).toEqual(pairs(value));
      }),
      { numRuns: 300 },
    );
  });

  it("is refused at every length but its own, and where a count cannot be", () => {
    const whole = ubjson({ a: [1, 2, 300], b: { c: "text" } });
    for (let length = 0; length < whole.length; length++)
      expect(() => parseUbjson(whole.subarray(0, length), "m.ubj")).toThrow(/m.ubj, byte \d+/);
    const count = Buffer.from([0x5b, 0x24, 0x44, 0x23, 0x4c, 0, 0, 1, 0, 0, 0, 0, 0]);
    expect(() => parseUbjson(count, "m.ubj")).toThrow(/1099511627776 values/);
    expect(() => parseUbjson(Buffer.from("[$Z#U\xff", "latin1"), "m.ubj")).toThrow(/a container of Z/);
    expect(() => parseUbjson(Buffer.from("[".repeat(300)), "m.ubj")).toThrow(/more than 200 levels/);
  });
});
