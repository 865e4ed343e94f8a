import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { tensorflow } from "../../../src/convert/formats/tensorflow/reader.js";
import { sliceKey } from "../../../src/convert/formats/tensorflow/slice-key.js";
import { memoryTree } from "../../support/tree.js";
import * as b from "./bundles.js";

const PREFIX = "model.ckpt-7";
const open = (records: readonly b.Record[], data: Uint8Array): Checkpoint =>
  tensorflow.read(
    memoryTree("folder", {
      [`${PREFIX}.index`]: b.table([[["", b.header(1)], ...records]]),
      [`${PREFIX}.data-00000-of-00001`]: data,
    }),
  );
const floats = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

describe("the key of a piece of a variable", () => {
  it("in TensorFlow's ordered code: a zero, the name and its end, the axes, then starts and lengths", () => {
    const extents = [0, 1, 63, 64, 8191, 8192, -1, -64, -65].map((start) => ({ start, length: 1 }));
    const numbers = ["80", "81", "bf", "c040", "dfff", "e02000", "7f", "40", "3fbf"];
    expect(hex(sliceKey("w", extents))).toBe(`0077000101${"09"}${numbers.map((one) => `${one}81`).join("")}`);
    expect(hex(sliceKey("\0", []))).toBe("0000ff000100");
  });
});

describe("a partitioned variable", () => {
  // [3, 4]: the columns 0 and 1; of the others row 0, and the rest.
  const slices = [
    [
      [0, -1],
      [0, 2],
    ],
    [
      [0, 1],
      [2, 2],
    ],
    [
      [1, 2],
      [2, 2],
    ],
  ] as const;
  const parts = [[0, 1, 4, 5, 8, 9].map(Number), [2, 3], [6, 7, 10, 11]];
  const data = floats(parts.flat());
  const records = (
    given: readonly (readonly (readonly [number, number])[])[],
    shape = [3, 4],
  ): b.Record[] => {
    let offset = 0;
    const pieces = slices.map((slice, at): b.Record => {
      const values = parts[at] ?? [];
      const bytes = floats(values);
      const entry = b.entry({ shape: [values.length / 2, 2], offset, size: bytes.length, bytes });
      offset += bytes.length;
      return [
        sliceKey(
          "w",
          slice.map(([start, length]) => ({ start, length })),
        ),
        entry,
      ];
    });
    return [
      ...pieces.sort(([a], [z]) => (a < z ? -1 : 1)),
      ["w", b.entry({ shape, size: 0, slices: given })],
    ];
  };

  it("is one tensor, its pieces put together", () => {
    const { tensors, notes } = open(records(slices), data);
    expect([...tensors.keys()]).toEqual(["w"]);
    expect(tensors.get("w")?.shape).toEqual([3, 4]);
    expect(Array.from(tensors.get("w")?.values() ?? [], Number)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
    expect(notes).toEqual([]);
  });

  it("is read in parts where its pieces are whole rows, in whatever order they stand", () => {
    // [5, 2]: rows 3 and 4, and those before.
    const pieces = [
      { start: 3, values: [6, 7, 8, 9] },
      { start: 0, values: [0, 1, 2, 3, 4, 5] },
    ];
    let offset = 0;
    const entries = pieces.map(
      ({ start, values }): { key: string; slice: [number, number]; record: Buffer } => {
        const slice: [number, number] = [start, values.length / 2];
        const bytes = floats(values);
        const record = b.entry({ shape: [values.length / 2, 2], offset, size: bytes.length, bytes });
        offset += bytes.length;
        const axes = [slice, [0, -1] as const].map(([from, length]) => ({ start: from, length }));
        return { key: sliceKey("w", axes), slice, record };
      },
    );
    const given = entries.map(({ slice }) => [slice, [0, -1] as const]);
    const found = open(
      [
        ...entries.map(({ key, record }): b.Record => [key, record]).sort(([a], [z]) => (a < z ? -1 : 1)),
        ["w", b.entry({ shape: [5, 2], size: 0, slices: given })],
      ],
      floats(pieces.flatMap(({ values }) => values)),
    ).tensors.get("w");
    if (found?.parts === undefined) throw new Error("not in parts");
    expect(Array.from(found.values(), Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (let from = 0; from <= 10; from++)
      for (let to = from; to <= 10; to++)
        expect(Array.from(found.parts()(from, to), Number)).toEqual(
          Array.from({ length: to - from }, (_, at) => from + at),
        );
  });

  it.each([
    ["a piece short", slices.slice(1), /pieces of 6 elements for \[3, 4\]/],
    ["one piece twice", [slices[0], slices[0]], /pieces of 12 elements for \[3, 4\]/],
    [
      "a piece that is not there",
      [
        ...slices.slice(0, 2),
        [
          [1, 2],
          [2, 1],
        ],
        [
          [1, 2],
          [3, 1],
        ],
      ] as never,
      /no piece from 1, 2/,
    ],
  ])("with %s: refused", (_, given, message) => {
    expect(() => open(records(given), data)).toThrow(message);
  });

  it("of a shape that its pieces do not fill: refused before anything is allocated", () => {
    expect(() => open(records(slices, [2 ** 40, 4]), data)).toThrow(/pieces of/);
  });
});

describe("tensors of texts", () => {
  const keys = b.texts(["paris", "", "r\u00f6m"]);
  const values = Buffer.from(BigInt64Array.of(2n, 0n, 1n).buffer);
  const records = (crc = keys.crc): b.Record[] => [
    ["t/.ATTRIBUTES/table-keys", b.entry({ dtype: 7, shape: [3], size: keys.bytes.length, crc })],
    [
      "t/.ATTRIBUTES/table-values",
      b.entry({ dtype: 9, shape: [3], offset: keys.bytes.length, size: 24, bytes: values }),
    ],
  ];
  const data = Buffer.concat([keys.bytes, values]);

  it("a lookup table that is saved as keys and values is a vocabulary", () => {
    const { vocabularies, tensors } = open(records(), data);
    expect([...(vocabularies.get("t/.ATTRIBUTES/table") ?? [])]).toEqual([
      ["paris", 2],
      ["", 0],
      ["r\u00f6m", 1],
    ]);
    expect(tensors.size).toBe(0);
  });

  it("with another checksum, of the lengths or of all: refused", () => {
    expect(() => open(records((keys.crc ^ 1) >>> 0), data)).toThrow(/checksum/);
    const damaged = Buffer.from(data);
    damaged[0] = 6;
    expect(() => open(records(), damaged)).toThrow(/table-keys: another checksum of the lengths/);
  });
});
