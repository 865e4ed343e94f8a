import { describe, expect, it } from "vitest";
import { farmhashFingerprint64 } from "../../../src/model/encoders/farmhash.js";
import { hashRow, textRow } from "../../../src/model/encoders/hash-bucket.js";

const bucketOf = (text: string, buckets: number): number =>
  textRow(hashRow({ function: "farmhash64", buckets }))(text);

const signed = (text: string): bigint =>
  BigInt.asIntN(64, farmhashFingerprint64(new TextEncoder().encode(text)));

describe("FarmHash Fingerprint64", () => {
  it.each([
    // BigQuery's documentation of FARM_FINGERPRINT.
    ["1footrue", -1541654101129638711n],
    ["2applefalse", 2794438866806483259n],
    ["3true", -4880158226897771312n],
    // Guava's tests of farmHashFingerprint64: 4, 32 and 256 bytes.
    ["test", 8581389452482819506n],
    ["test".repeat(8), -4196240717365766262n],
    ["test".repeat(64), 3500507768004279527n],
  ])("%j", (text, expected) => {
    expect(signed(text)).toBe(expected);
  });

  it("agrees with the C++ reference at every length up to 800 bytes, and at many up to 3200", () => {
    // Guava's published digest of a text that grows by a letter of the digest so far and is damaged as it grows.
    const rounds = 800;
    const text = new Uint8Array(4 * rounds);
    let length = 0;
    let digest = 0n;
    const absorb = (prefix: number): void => {
      digest ^= farmhashFingerprint64(text.subarray(0, prefix));
      digest ^= digest >> 41n;
      digest = BigInt.asUintN(64, digest * 949_921_979n);
      text[length] = 97 + Number((digest & 0xfffffn) % 26n);
      length += 1;
    };
    const damage = (high: number, middle: number, low: number, by: number): void => {
      const at = (high * 65_536 + middle * 256 + low) % length;
      text[at] = (text[at] ?? 0) ^ (by & 255);
    };
    for (let round = 0; round < rounds; round++) {
      absorb(round);
      absorb(round ** 2 % length);
      absorb(round ** 3 % length);
      absorb(length);
      const last = [1, 2, 3].map((back) => text[length - back] ?? 0);
      const [a = 0, b = 0, c = 0] = last;
      const half = text[length >> 1] ?? 0;
      damage(a, b, c, half);
      damage(b, c, half, round);
    }
    expect(digest).toBe(0x7a1d67c50ec7e167n);
  });

  it("reads a view at any offset, and nothing beside it", () => {
    const bytes = new TextEncoder().encode("xx2applefalseyy");
    expect(BigInt.asIntN(64, farmhashFingerprint64(bytes.subarray(2, 13)))).toBe(2794438866806483259n);
  });
});

describe("a bucket", () => {
  it("is the unsigned hash modulo the buckets, as TensorFlow's to_hash_bucket_fast documents", () => {
    const buckets = ["Hello", "TensorFlow", "2.x"].map((text) => bucketOf(text, 3));
    expect(buckets).toEqual([0, 2, 2]);
    // A hash that is negative when read as signed.
    expect(bucketOf("1footrue", 10)).toBe(Number((2n ** 64n - 1541654101129638711n) % 10n));
  });

  it("of a text beyond ASCII is that of its UTF-8 bytes", () => {
    const bytes = Uint8Array.of(0xc3, 0xa9, 0xf0, 0x9f, 0x9a, 0x95);
    expect(bucketOf("é🚕", 1_000_003)).toBe(Number(farmhashFingerprint64(bytes) % 1_000_003n));
  });
});
