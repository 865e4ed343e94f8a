import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { pytorch } from "../../../src/convert/formats/pytorch/reader.js";
import { openZip } from "../../../src/convert/formats/zip.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { memoryBytes, memoryTree } from "../../support/tree.js";
import * as p from "./pickles.js";

const NAME = "model.pt";
const ELEMENTS = 3000;
const root = p.dictionary([p.text("w"), p.tensor({ elements: ELEMENTS, shape: [ELEMENTS], strides: [1] })]);
const numbers = Float32Array.from({ length: ELEMENTS }, (_, index) => index % 7);
const storage = new Uint8Array(numbers.buffer);

const open = (file: Uint8Array): Checkpoint => pytorch.read(memoryTree(NAME, { [NAME]: file }));
const archive = (...members: p.Member[]): Buffer =>
  p.zip([{ name: "archive/data.pkl", bytes: p.pickle(root) }, ...members]);
const data = (more: Partial<p.Member> = {}): p.Member => ({
  name: "archive/data/0",
  bytes: storage,
  ...more,
});
const weights = (file: Uint8Array): number[] =>
  Array.from(open(file).tensors.get("w")?.values() ?? [], Number);

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UnbatchError);
    expect(String(error)).toContain(NAME);
    return String(error);
  }
  throw new Error("not refused");
}

describe("members", () => {
  it("stored and deflated ones are the same", () => {
    expect(weights(archive(data()))).toEqual(Array.from(numbers));
    const deflated = archive(data({ method: "deflated" }));
    expect(deflated.length).toBeLessThan(storage.length / 4);
    expect(weights(deflated)).toEqual(Array.from(numbers));
    const pickle: p.Member = { name: "archive/data.pkl", bytes: p.pickle(root), method: "deflated" };
    expect(weights(p.zip([pickle, data()]))).toEqual(Array.from(numbers));
  });

  it("in the archive's root, and beside a byte order", () => {
    const flat = [
      { name: "data.pkl", bytes: p.pickle(root) },
      { name: "data/0", bytes: storage },
    ];
    expect(weights(p.zip([...flat, { name: "byteorder", bytes: Buffer.from("little") }]))).toHaveLength(
      ELEMENTS,
    );
    const big = p.zip([...flat, { name: "byteorder", bytes: Buffer.from("big\n") }]);
    expect(refusal(() => open(big))).toMatch(/model.pt, byte 0: byte order big\n {2}expected: little/);
  });

  it("of other names are never touched, whatever they are called", () => {
    const names = ["../../etc/passwd", "/etc/passwd", "archive/data/../0", "archive\\data\\0", ""];
    const others = names.map((name) => ({ name, bytes: Buffer.from("x") }));
    expect(weights(archive(data(), ...others))).toEqual(Array.from(numbers));
  });

  it.each([
    ["a name twice", () => archive(data(), data())],
    ["no pickle", () => p.zip([data()])],
    ["two pickles", () => archive(data(), { name: "other/data.pkl", bytes: p.pickle(root) })],
    ["no storage", () => archive()],
    ["an encrypted or unknown method", () => changed(archive(data()), 99)],
  ])("%s: refused", (_title, file) => {
    refusal(() => weights(file()));
  });
});

/** The archive with another method in its last directory entry. */
function changed(file: Buffer, method: number): Buffer {
  file.writeUInt16LE(method, file.lastIndexOf(Buffer.from("PK\x01\x02")) + 10);
  return file;
}

describe("sizes that are not true", () => {
  it.each([
    ["a stored member that claims more", data({ claimedSize: storage.length + 4 })],
    ["a stored member that claims less", data({ claimedSize: storage.length - 4 })],
    [
      "a deflated member that claims more",
      data({ method: "deflated", bytes: storage.subarray(0, -4), claimedSize: storage.length }),
    ],
    [
      "a deflated member that claims less",
      data({
        method: "deflated",
        bytes: Buffer.concat([storage, Buffer.alloc(4)]),
        claimedSize: storage.length,
      }),
    ],
    ["a deflated member that claims 4 GB", data({ method: "deflated", claimedSize: 0xfffffffe })],
  ])("%s: refused", (_title, member) => {
    refusal(() => weights(archive(member)));
  });

  it("a bomb: refused by what it claims, before a byte of it is inflated", () => {
    const inflated = Buffer.alloc(50_000_000);
    const bomb = { name: "archive/data.pkl", bytes: deflateRawSync(inflated), claimedSize: 0xf0000000 };
    const before = process.memoryUsage().arrayBuffers;
    const message = refusal(() => open(changed(p.zip([bomb]), 8)));
    expect(message).toMatch(/a pickle of 4026531840 bytes|that grow to 4026531840/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it("a bomb that claims to be small: inflated no further than that", () => {
    const bomb = {
      name: "a",
      bytes: Buffer.alloc(50_000_000),
      method: "deflated" as const,
      claimedSize: 1000,
    };
    const before = process.memoryUsage().arrayBuffers;
    refusal(() => openZip(memoryBytes(NAME, p.zip([bomb]))).read("a"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it("a directory of more members than the file has bytes", () => {
    const file = archive(data());
    file.writeUInt16LE(60_000, file.length - 12);
    expect(refusal(() => open(file))).toMatch(/member \d+ of 60000/);
  });
});

describe("bytes that are not those that were saved", () => {
  const at = (file: Buffer): number => file.indexOf(storage.subarray(0, 400)) + 200;

  it.each([
    ["stored", "stored" as const],
    ["deflated", "deflated" as const],
  ])("a %s storage: refused by its name, with the two checksums", (_title, method) => {
    const file = archive(data({ method }));
    const from = method === "stored" ? at(file) : file.indexOf("archive/data/0") + 40;
    file[from] = (file[from] ?? 0) ^ 1;
    expect(refusal(() => weights(file))).toMatch(/model.pt, byte \d+: archive\/data\/0: /);
    if (method === "stored")
      expect(refusal(() => weights(file))).toMatch(
        new RegExp(`checksum [0-9a-f]+\n {2}expected: ${crc32(storage).toString(16)}, as the directory says`),
      );
  });

  it("a pickle: refused before it is read", () => {
    const file = archive(data());
    const from = file.indexOf("_rebuild_tensor_v2");
    file[from] = (file[from] ?? 0) ^ 1;
    expect(refusal(() => open(file))).toMatch(/archive\/data.pkl: checksum/);
  });

  it("part of a storage: the bytes outside of the part count, and are looked at once", () => {
    const file = archive(data());
    let read = 0;
    const source = memoryBytes(NAME, file);
    const zip = openZip({
      ...source,
      read: (offset, length) => {
        read += length;
        return source.read(offset, length);
      },
    });
    const part = (): Buffer => Buffer.from(zip.part("archive/data/0", 8, 40));
    expect(part().equals(storage.subarray(8, 48))).toBe(true);
    expect(read).toBeGreaterThan(storage.length);
    read = 0;
    expect(part().equals(storage.subarray(8, 48))).toBe(true);
    expect(read).toBeLessThan(100);
    file[at(file)] = 99;
    const broken = openZip(memoryBytes(NAME, file));
    expect(refusal(() => broken.part("archive/data/0", 8, 40))).toMatch(/archive\/data\/0: checksum/);
    expect(refusal(() => broken.part("archive/data/0", storage.length - 8, 12))).toMatch(/bytes \d+ to \d+/);
  });
});

describe("members that share their bytes", () => {
  it("are refused: they are short to write and endless to read", () => {
    const file = archive(...Array.from({ length: 40 }, (_, at) => data({ name: `archive/data/${at}` })));
    const whole = file.subarray(0, file.indexOf("PK\x01\x02"));
    const directory = file.subarray(whole.length);
    const [first, second] = [0, 1].map((at) => whole.indexOf(`archive/data/${at}`) - 30);
    // The bodies of all but the first are left out, and their entries lead to the first.
    for (
      let entry = directory.indexOf("PK\x01\x02", 1);
      entry > 0;
      entry = directory.indexOf("PK\x01\x02", entry + 1)
    )
      directory.writeUInt32LE(first ?? 0, entry + 42);
    const cut = Buffer.concat([whole.subarray(0, second), directory]);
    cut.writeUInt32LE(second ?? 0, cut.length - 6);
    expect(refusal(() => open(cut))).toMatch(
      /members of \d+ bytes up to here\n {2}expected: at most the file's/,
    );
  });
});

describe("64-bit archives", () => {
  /** The archive with a 64-bit end record, as torch.save writes it past 4 GB, and what it says. */
  function zip64(end: { count: bigint; size: bigint; offset: bigint } | undefined, at?: bigint): Buffer {
    const file = archive(data());
    const old = file.subarray(file.length - 22);
    const body = file.subarray(0, file.length - 22);
    const record = Buffer.alloc(56);
    record.write("PK\x06\x06");
    record.writeBigUInt64LE(44n, 4);
    const { count, size, offset } = end ?? {
      count: BigInt(old.readUInt16LE(10)),
      size: BigInt(old.readUInt32LE(12)),
      offset: BigInt(old.readUInt32LE(16)),
    };
    record.writeBigUInt64LE(count, 24);
    record.writeBigUInt64LE(count, 32);
    record.writeBigUInt64LE(size, 40);
    record.writeBigUInt64LE(offset, 48);
    const locator = Buffer.alloc(20);
    locator.write("PK\x06\x07");
    locator.writeBigUInt64LE(at ?? BigInt(body.length), 8);
    locator.writeUInt32LE(1, 16);
    const last = Buffer.alloc(22, 0xff);
    last.write("PK\x05\x06");
    last.writeUInt16LE(0, 20);
    return Buffer.concat([body, record, locator, last]);
  }

  it("are read", () => {
    expect(weights(zip64(undefined))).toEqual(Array.from(numbers));
  });

  it("have their sizes in the extra field", () => {
    const extra = Buffer.alloc(28);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(storage.length), 4);
    extra.writeBigUInt64LE(BigInt(storage.length), 12);
    extra.writeBigUInt64LE(0n, 20);
    const local = Buffer.concat([
      Buffer.from("PK\x03\x04"),
      Buffer.alloc(22),
      Buffer.of(1, 0, 0, 0),
      Buffer.from("a"),
    ]);
    const entry = Buffer.alloc(46, 0);
    entry.write("PK\x01\x02");
    entry.writeUInt32LE(crc32(storage), 16);
    entry.fill(0xff, 20, 28);
    entry.writeUInt16LE(1, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.fill(0xff, 42, 46);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06");
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(entry.length + 1 + extra.length, 12);
    end.writeUInt32LE(local.length + storage.length, 16);
    const zip = openZip(
      memoryBytes(NAME, Buffer.concat([local, storage, entry, Buffer.from("a"), extra, end])),
    );
    expect(zip.size("a")).toBe(storage.length);
    expect(Buffer.from(zip.read("a")).equals(storage)).toBe(true);
  });

  it.each([
    ["a directory of 2^63 bytes", { count: 2n, size: 2n ** 63n, offset: 0n }, undefined],
    ["a directory past the end", { count: 2n, size: 100n, offset: 2n ** 40n }, undefined],
    ["2^60 members", { count: 2n ** 60n, size: 100n, offset: 0n }, undefined],
    ["an end record past the end", undefined, 2n ** 62n],
  ])("%s: refused", (_title, end, at) => {
    refusal(() => open(zip64(end, at)));
  });
});
