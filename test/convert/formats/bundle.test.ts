import fc from "fast-check";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { maskedCrc32c } from "../../../src/convert/formats/tensorflow/crc32c.js";
import { tensorflow } from "../../../src/convert/formats/tensorflow/reader.js";
import { decompressSnappy } from "../../../src/convert/formats/tensorflow/snappy-block.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { partsOf } from "../../../src/core/tensor.js";
import { memoryTree } from "../../support/tree.js";
import * as b from "./bundles.js";

const PREFIX = "model.ckpt-7";
const INDEX = `${PREFIX}.index`;
type Files = Record<string, Uint8Array>;
const open = (files: Files, path = PREFIX): Checkpoint => tensorflow.read(memoryTree(path, files));
const values = (checkpoint: Checkpoint, name: string): number[] =>
  Array.from(checkpoint.tensors.get(name)?.values() ?? [], Number);

const small = (): Files =>
  b.bundle(PREFIX, { kernel: { shape: [2, 2], values: [1, 2, 3, 4] }, bias: { shape: [2], values: [5, 6] } });

/** The one error of a refused checkpoint: it names a file of it. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UnbatchError);
    expect(String(error)).toContain(PREFIX);
    return String(error);
  }
  throw new Error("not refused");
}

/** A bundle of these records over 64 bytes of data. */
const made = (records: readonly b.Record[], data: Uint8Array = new Uint8Array(64)): Files => ({
  [INDEX]: b.table([[["", b.header(1)], ...records]]),
  [`${PREFIX}.data-00000-of-00001`]: data,
});

describe("a bundle", () => {
  it("in one block, in many, and compressed", () => {
    const bytes = Buffer.from(Float32Array.of(1.5, -2).buffer);
    const record: b.Record = ["layer/kernel", b.entry({ shape: [2, 1], size: 8, bytes })];
    const first: b.Record = ["", b.header(1)];
    const data = { [`${PREFIX}.data-00000-of-00001`]: bytes };
    for (const index of [
      b.table([[first, record]]),
      b.table([[first], [record]]),
      b.table([[first, record]], "snappy"),
    ]) {
      const checkpoint = open({ [INDEX]: index, ...data });
      expect([...checkpoint.tensors.keys()]).toEqual(["layer/kernel"]);
      expect(values(checkpoint, "layer/kernel")).toEqual([1.5, -2]);
    }
  });

  it("of two shards and several types", () => {
    const ints = Buffer.from(BigInt64Array.of(-3n).buffer);
    const files: Files = {
      [INDEX]: b.table([
        [
          ["", b.header(2)],
          ["a", b.entry({ dtype: 9, shape: [1], shard: 1, size: 8, bytes: ints })],
          ["b", b.entry({ dtype: 19, shape: [2], size: 4, bytes: Buffer.of(0, 0x3c, 0, 0xc0) })],
          ["c", b.entry({ dtype: 7, shape: [1], size: 3 })],
          ["d", b.entry({ dtype: 8, shape: [1], size: 8 })],
        ],
      ]),
      [`${PREFIX}.data-00000-of-00002`]: Buffer.of(0, 0x3c, 0, 0xc0),
      [`${PREFIX}.data-00001-of-00002`]: ints,
    };
    const checkpoint = open(files);
    expect([values(checkpoint, "a"), values(checkpoint, "b")]).toEqual([[-3], [1, -2]]);
    expect(checkpoint.tensors.size).toBe(2);
    expect(checkpoint.notes).toEqual(["d: type 8, left alone", "c: string, left alone"]);
    const { [`${PREFIX}.data-00001-of-00002`]: _gone, ...missing } = files;
    expect(refusal(() => open(missing))).toContain(`${PREFIX}.data-00001-of-00002`);
  });

  it("tells slots by how trackable variables are named, and takes no name that every object has for one", () => {
    const value = "/.ATTRIBUTES/VARIABLE_VALUE";
    const one = { shape: [1], values: [1] };
    const slot = (weight: string, name: string): string =>
      `${weight}/.OPTIMIZER_SLOT/optimizer/${name}${value}`;
    const names = [
      ...["a", "b", "c"].map((name) => `${name}${value}`),
      ...[slot("a", "accumulator"), slot("b", "accumulator"), slot("b", "linear"), slot("c", "constructor")],
      ...[
        "w",
        "w/Adam",
        "w/Adam_1",
        "w/toString",
        "training/Adam/w/hasOwnProperty",
        "training/SGD/w/momentum",
      ],
    ];
    const files = b.bundle(PREFIX, Object.fromEntries(names.map((name) => [name, one])));
    const { slots, tensors } = open(files);
    expect(
      slots
        .map(({ optimizer, tensor, slots: parts }) => [
          optimizer,
          tensor.replace(value, ""),
          [...parts.keys()].join(),
        ])
        .sort(),
    ).toEqual([
      ["adagrad", "a", "accumulator"],
      ["adam", "w", "m,v"],
      ["ftrl", "b", "n,z"],
      ["sgd", "w", "momentum"],
      ["unknown", "c", "constructor"],
    ]);
    expect([...tensors.keys()].filter((name) => !name.endsWith(value))).toEqual([
      "training/Adam/w/hasOwnProperty",
      "w",
      "w/toString",
    ]);
  });
});

describe("which of several checkpoints", () => {
  const two = { ...small(), ...b.bundle("model.ckpt-8", { bias: { shape: [1], values: [8] } }) };

  it("the one that is named, else the latest, else none", () => {
    expect(values(open(two, "run/model.ckpt-8"), "bias")).toEqual([8]);
    expect(values(open(two, `run/${INDEX}`), "bias")).toEqual([5, 6]);
    const latest = { ...two, checkpoint: Buffer.from('model_checkpoint_path: "/gone/model.ckpt-8"\n') };
    expect(values(open(latest, "run"), "bias")).toEqual([8]);
    expect(refusal(() => open(two, "run"))).toMatch(
      /2 checkpoints: model.ckpt-7, model.ckpt-8[\s\S]*run\/model.ckpt-7/,
    );
  });
});

describe("a damaged index", () => {
  it("cut anywhere: refused", () => {
    const files = small();
    const index = files[INDEX] ?? new Uint8Array(0);
    for (let length = 0; length < index.length; length++)
      refusal(() => open({ ...files, [INDEX]: index.subarray(0, length) }));
    expect(index.length).toBeGreaterThan(150);
  });

  it("with any byte changed: refused, but for the padding of its footer", () => {
    const files = small();
    const index = files[INDEX] ?? new Uint8Array(0);
    let padding = 0;
    index.forEach((_, at) => {
      const changed = Uint8Array.from(index, (byte, other) => (other === at ? byte ^ 0x41 : byte));
      try {
        const checkpoint = open({ ...files, [INDEX]: changed });
        expect(values(checkpoint, "kernel")).toEqual([1, 2, 3, 4]);
        padding += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UnbatchError);
        expect(String(error)).toContain(INDEX);
      }
    });
    // The footer's unused bytes, and the metaindex block, which nothing reads.
    expect(padding).toBeLessThan(60);
  });

  it.each([
    ["more bytes than its shape", ["w", b.entry({ shape: [2], size: 12 })]],
    ["fewer bytes than its shape", ["w", b.entry({ shape: [4], size: 12 })]],
    ["an endless shape", ["w", b.entry({ shape: [2 ** 40, 2 ** 40], size: 64 })]],
    [
      "a shape of nothing times endlessly many",
      ["w", b.entry({ shape: [0, ...Array(40).fill(2 ** 52)], size: 64 })],
    ],
    ["a size past the end", ["w", b.entry({ shape: [2 ** 50], size: 2 ** 52 })]],
    ["an offset past the end", ["w", b.entry({ shape: [4], size: 16, offset: 2 ** 52 })]],
    ["a shard that is not there", ["w", b.entry({ shape: [4], size: 16, shard: 5 })]],
    ["a message that ends early", ["w", Buffer.of(0x12, 0x7f, 1)]],
    ["a varint that does not end", ["w", Buffer.alloc(20, 0xff)]],
    ["a wire type that is none", ["w", Buffer.of(0x0f)]],
  ] as const)("%s: refused", (_title, record) => {
    refusal(() => open(made([record])));
  });

  it("of numbers in the other byte order: refused", () => {
    const files = { ...small(), [INDEX]: b.table([[["", b.header(1, b.bigEndian)]]]) };
    expect(refusal(() => open(files))).toContain("big-endian");
  });

  it("blocks that are one block many times over, and keys that are one key many times over: refused", () => {
    const data = b.sealed(b.block([["", b.header(1)]]));
    const handle = Buffer.concat([b.varint(0), b.varint(data.length - 5)]);
    const often = Array.from({ length: 100 }, (_, key): b.Record => [String(key).padStart(3, "0"), handle]);
    const overlapping = { ...small(), [INDEX]: b.finished([data], b.sealed(b.block(often))) };
    expect(refusal(() => open(overlapping))).toContain("blocks that overlap");
    // Each record: all of the key before it, and one byte more.
    const start = Buffer.concat([b.varint(0), b.varint(60_000), b.varint(0), Buffer.alloc(60_000, 0x61)]);
    const next = Buffer.concat([b.varint(60_000), b.varint(1), b.varint(0), Buffer.from("b")]);
    const tail = Buffer.of(0, 0, 0, 0, 1, 0, 0, 0);
    const keys = b.sealed(Buffer.concat([start, ...Array.from({ length: 3000 }, () => next), tail]));
    const index = b.sealed(b.block([["z", Buffer.concat([b.varint(0), b.varint(keys.length - 5)])]]));
    expect(refusal(() => open({ ...small(), [INDEX]: b.finished([keys], index) }))).toContain(
      "bytes of keys",
    );
  });
});

describe("damaged data", () => {
  const DATA = `${PREFIX}.data-00000-of-00001`;

  it("a byte changed: its tensor is refused, the others are not", () => {
    const files = small();
    const data = Buffer.from(files[DATA] ?? []);
    data[0] = (data[0] ?? 0) ^ 1;
    const checkpoint = open({ ...files, [DATA]: data });
    const bias = checkpoint.tensors.get("bias");
    if (bias === undefined) throw new Error("no bias");
    expect(refusal(() => partsOf(bias)(1, 2))).toMatch(/byte 0: checksum [0-9a-f]+ of bias/);
    expect(refusal(() => values(checkpoint, "bias"))).toMatch(
      /data-00000-of-00001, byte 0: checksum [0-9a-f]+ of bias/,
    );
    expect(values(checkpoint, "kernel")).toEqual([1, 2, 3, 4]);
  });

  it("cut short: incomplete, and which tensor leaves it", () => {
    const files = small();
    try {
      open({ ...files, [DATA]: (files[DATA] ?? new Uint8Array(0)).subarray(0, 20) });
      throw new Error("not refused");
    } catch (error) {
      expect(error).toMatchObject({
        exitCode: 3,
        message: expect.stringMatching(/20 bytes, and kernel ends at 24/),
      });
    }
  });
});

describe("its parts", () => {
  it("CRC-32C of 123456789, and another way of computing it", () => {
    // The check value of CRC-32C is e3069283; masked as LevelDB does.
    const check = 0xe3069283n;
    const masked = (((check >> 15n) | (check << 17n)) + 0xa282ead8n) & 0xffffffffn;
    expect(maskedCrc32c([Buffer.from("123456789")])).toBe(Number(masked));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        expect(maskedCrc32c([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(b.maskedCrc(bytes));
      }),
    );
  });

  it("Snappy: what another writer compressed", () => {
    const repetitive = fc.array(fc.constantFrom(...["abcabc", "x", "the same again ", "\0\0\0\0"]), {
      maxLength: 300,
    });
    let shorter = 0;
    fc.assert(
      fc.property(repetitive, fc.uint8Array({ maxLength: 50 }), (words, noise) => {
        const bytes = Buffer.concat([Buffer.from(words.join("")), noise]);
        const compressed = snappyCompress(bytes);
        if (compressed.length < bytes.length) shorter += 1;
        expect(Buffer.from(decompressSnappy(compressed)).equals(bytes)).toBe(true);
      }),
    );
    expect(shorter).toBeGreaterThan(20);
  });

  it("Snappy: each kind of element, and copies that overlap themselves", () => {
    const copy = (...bytes: number[]): string =>
      Buffer.from(decompressSnappy(Uint8Array.from(bytes))).toString();
    expect(copy(6, 0b000_000_00, 0x61, 0b000_001_01, 1)).toBe("aaaaaa");
    expect(copy(6, 0b000001_00, 0x61, 0x62, 0b000011_10, 2, 0)).toBe("ababab");
    expect(copy(6, 0b000001_00, 0x61, 0x62, 0b000011_11, 2, 0, 0, 0)).toBe("ababab");
    const long = Buffer.alloc(300, 0x7a);
    for (const size of [
      Buffer.of(61 << 2, 0x2b, 1),
      Buffer.of(62 << 2, 0x2b, 1, 0),
      Buffer.of(63 << 2, 0x2b, 1, 0, 0),
    ])
      expect(copy(...Buffer.concat([b.varint(300), size, long]))).toBe(long.toString());
  });

  it.each([
    ["claims more than it can hold", [...b.varint(60_000_000), 0, 0x61]],
    ["a literal past its end", [3, 0b000010_00, 0x61]],
    ["a copy from before the beginning", [6, 0, 0x61, 0b000_001_01, 2]],
    ["a copy of nothing before", [6, 0, 0x61, 0b000_001_01, 0]],
    ["more than it claims", [2, 0b000010_00, 0x61, 0x62, 0x63]],
    ["less than it claims", [4, 0b000010_00, 0x61, 0x62, 0x63]],
    ["an offset cut off", [6, 0, 0x61, 0b000011_10, 2]],
  ])("Snappy: %s: refused", (_title, bytes) => {
    expect(() => decompressSnappy(Uint8Array.from(bytes))).toThrow(RangeError);
  });
});
