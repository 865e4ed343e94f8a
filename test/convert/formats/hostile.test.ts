import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/convert/open.js";
import type { ByteSource, FileTree } from "../../../src/core/bytes.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { openTree } from "../../../src/io/files.js";
import { countAllocations } from "../../support/allocations.js";
import * as b from "./bundles.js";
import { changes } from "./changes.js";
import { expectSafe } from "./damage.js";
import * as p from "./pickles.js";

describe("a checkpoint or one clear error", () => {
  const folder = "fixtures/made/pytorch_mf";
  const fixtures = [
    "checkpoint.pt",
    "state_dict_half_and_views.pt",
    "recbole_like.pth",
    "state_dict_legacy.pt",
  ];
  for (const name of fixtures) {
    const file = new Uint8Array(readFileSync(join(folder, name)));
    const damaged = changes.map((change) => ({ path: name, files: { [name]: change(file) } }));
    expectSafe(`${name}, damaged`, 150, damaged);
  }

  const PREFIX = "model.ckpt-1";
  const INDEX = `${PREFIX}.index`;
  const bundle = b.bundle(PREFIX, {
    "layer/kernel": { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
    "layer/kernel/Adagrad": { shape: [3, 2], values: [1, 1, 1, 1, 1, 1] },
    global_step: { shape: [], values: [7] },
  });
  const names = fc.constantFrom(...Object.keys(bundle));
  const anyFile = fc.tuple(names, changes).map(([name, change]) => ({
    path: PREFIX,
    files: { ...bundle, [name]: change(bundle[name] ?? new Uint8Array(0)) },
  }));
  expectSafe("a TensorBundle, damaged", 500, anyFile);

  const records: readonly b.Record[] = [
    ["", b.header(1)],
    ["layer/bias", b.entry({ shape: [2], size: 8, offset: 4 })],
    ["layer/kernel", b.entry({ shape: [3, 2], size: 24 })],
  ];
  const block = b.block(records);
  const beneath = changes.map((change) => {
    const part = b.sealed(change(block));
    const handle = Buffer.concat([b.varint(0), b.varint(part.length - 5)]);
    const index = b.finished([part], b.sealed(b.block([["z", handle]])));
    return { path: PREFIX, files: { ...bundle, [INDEX]: index } };
  });
  expectSafe("a TensorBundle, damaged beneath true checksums", 500, beneath);

  const squeezed = changes.map((change) => {
    const compressed = b.sealed(block, "snappy");
    const body = change(compressed.subarray(0, -5));
    const part = b.resealed(Buffer.concat([body, Buffer.of(1)]));
    const handle = Buffer.concat([b.varint(0), b.varint(body.length)]);
    return {
      path: PREFIX,
      files: { ...bundle, [INDEX]: b.finished([part], b.sealed(b.block([["z", handle]]))) },
    };
  });
  expectSafe("a TensorBundle, damaged before decompression", 500, squeezed);
});

describe("any program of pickle's opcodes", () => {
  const weight = p.tensor({ elements: 4, shape: [2, 2], strides: [2, 1] });
  const words = ["torch", "os", "state_dict", "param_groups", "state", "params", "constructor", "__proto__"];
  const pushes = fc.oneof(
    fc.constantFrom(...words).map(p.text),
    fc.integer({ min: -2, max: 5 }).map(p.integer),
    fc.constant(weight),
    fc.constantFrom("OrderedDict", "defaultdict").map((name) => p.global("collections", name)),
    fc.constantFrom("_rebuild_tensor_v2", "_rebuild_parameter").map((name) => p.global("torch._utils", name)),
    fc.constantFrom("FloatStorage", "Size", "constructor").map((name) => p.global("torch", name)),
    fc.nat(5).map(p.recalled),
  );
  // Marks, empty containers, tuples, appends, items, memo, objects.
  const bare = [
    0x28, 0x5d, 0x7d, 0x29, 0x85, 0x86, 0x87, 0x74, 0x6c, 0x61, 0x65, 0x73, 0x75, 0x64, 0x30, 0x31, 0x32,
  ];
  const objects = [0x52, 0x81, 0x92, 0x93, 0x51, 0x62, 0x94, 0x4e, 0x88];
  const opcode = fc.oneof(
    { weight: 2, arbitrary: pushes },
    { weight: 2, arbitrary: fc.constantFrom(...bare, ...objects).map((code) => Buffer.of(code)) },
    { weight: 1, arbitrary: fc.nat(5).map((index) => Buffer.of(0x71, index)) },
  );
  const programs = fc.array(opcode, { maxLength: 40 }).map((parts) => ({
    path: "model.pt",
    // A floor of values, so that programs run for a while.
    files: {
      "model.pt": p.savedBy(p.inOrder(...Array(6).fill(p.dictionary()), ...parts), { 0: [1, 2, 3, 4] }),
    },
  }));
  expectSafe("is read or refused", 2000, programs);
});

describe("hostile files made for other readers", () => {
  const folder = "fixtures/made/malicious";
  const names = readdirSync(folder);

  it.each(names)("%s: refused with its name and byte, after little work", async (name) => {
    const counted = countReads(openTree(join(folder, name)));
    const allocations = countAllocations(MOST_BYTES);
    const error: unknown = await openCheckpoint(counted.tree).catch((thrown) => thrown);
    allocations.close();
    expect(error).toBeInstanceOf(UnbatchError);
    expect(String(error)).toContain(name);
    expect(String(error)).toMatch(/, byte \d+/);
    expect(allocations.bytes).toBeLessThan(MOST_BYTES);
    // Every reader looks at the head; the one that knows the format reads the file at most a few times.
    expect(counted.bytes()).toBeLessThan(8 * statSync(join(folder, name)).size + 500_000);
  });

  it("are there", () => expect(names).toHaveLength(15));
});

const MOST_BYTES = 20_000_000;

/** A tree, and how many bytes of it were read. */
function countReads(tree: FileTree): { tree: FileTree; bytes(): number } {
  let bytes = 0;
  const open = (name: string): ByteSource => {
    const source = tree.open(name);
    return {
      ...source,
      read(offset, length) {
        bytes += length;
        return source.read(offset, length);
      },
    };
  };
  return { tree: { ...tree, open }, bytes: () => bytes };
}
