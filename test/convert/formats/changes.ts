/** What can befall the bytes of a file. */
import fc from "fast-check";

export type Change = (file: Uint8Array) => Uint8Array;

/** A place in a file of whatever size. */
const place = fc.oneof(
  fc.nat().map((at) => (size: number) => at % Math.max(1, size)),
  // Directories, footers and headers stand at the ends.
  fc.nat(3000).map((at) => (size: number) => Math.max(0, size - 1 - at)),
  fc.nat(3000).map((at) => (size: number) => Math.max(0, Math.min(size - 1, at))),
);

const cut = place.map(
  (at): Change =>
    (file) =>
      file.slice(0, at(file.length)),
);

const flip = fc.tuple(place, fc.nat(7)).map(
  ([at, bit]): Change =>
    (file) =>
      overwritten(file, at(file.length), [(file[at(file.length)] ?? 0) ^ (1 << bit)]),
);

/** Sizes that someone might believe: none, all ones, the ends of what is signed, what a double cannot count. */
const sizes = [
  0n,
  1n,
  127n,
  255n,
  65_535n,
  2n ** 20n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const size = fc.constantFrom(...sizes);

/** A field of 1 to 8 bytes, little-endian or big. */
const field = fc.tuple(place, fc.constantFrom(1, 2, 4, 8), size, fc.boolean()).map(
  ([at, width, value, isBig]): Change =>
    (file) => {
      const bytes = Array.from({ length: width }, (_, byte) => Number((value >> BigInt(8 * byte)) & 255n));
      return overwritten(file, at(file.length), isBig ? bytes.reverse() : bytes);
    },
);

/** A varint of protocol buffers, over the bytes that are there. */
const varint = fc.tuple(place, size).map(
  ([at, value]): Change =>
    (file) => {
      const bytes: number[] = [];
      for (let rest = value; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
      const top = value >> BigInt(7 * bytes.length);
      return overwritten(file, at(file.length), [...bytes, Number(top)]);
    },
);

/** As much text as numbers are lost by: the digits of what follows become another number. */
const digits = fc.tuple(place, fc.constantFrom("-1", "99999999999", "1e400", "NaN", "0", "}", '"', "\n")).map(
  ([at, text]): Change =>
    (file) =>
      overwritten(file, at(file.length), [...Buffer.from(text)]),
);

const zeros = fc.tuple(place, fc.integer({ min: 1, max: 5000 })).map(
  ([at, count]): Change =>
    (file) =>
      overwritten(file, at(file.length), Array(count).fill(0)),
);

/** A run of bytes moved to where they do not belong: records twice, records that lack their head. */
const moved = fc.tuple(place, place, fc.integer({ min: 1, max: 64 })).map(
  ([from, to, count]): Change =>
    (file) => {
      const start = from(file.length);
      return overwritten(file, to(file.length), [...file.subarray(start, start + count)]);
    },
);

function overwritten(file: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  const changed = file.slice();
  changed.set(bytes.slice(0, Math.max(0, file.length - at)), Math.min(at, file.length));
  return changed;
}

/** A few changes of one kind; a cut is made once. */
export const changes: fc.Arbitrary<Change> = fc
  .oneof(
    fc.tuple(cut),
    ...[flip, field, varint, digits, zeros, moved].map((one) =>
      fc.array(one, { minLength: 1, maxLength: 3 }),
    ),
  )
  .map(
    (list): Change =>
      (file) =>
        list.reduce((changed, change) => change(changed), file),
  );
