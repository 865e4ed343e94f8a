import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { vowpalWabbit } from "../../../src/convert/formats/vowpal-wabbit/reader.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const HEADER = `Version 9.11.2
Id
Min label:0
Max label:1
bits:18
lda:0
0 ngram:
0 skip:
options: --adaptive
Checksum: 42
`;
const read = (text: string): Checkpoint =>
  vowpalWabbit.read(memoryTree("m.txt", { "m.txt": Buffer.from(text) }));
const values = ({ tensors }: Checkpoint, name: string): number[] =>
  Array.from(tensors.get(name)?.values() ?? [], Number);

describe("Vowpal Wabbit's text", () => {
  it("has weights by index, and their names where it was inverted", () => {
    const checkpoint = read(`${HEADER}:0\nConstant:116060:0.5\nuser^a:b:7:-0.25\n`);
    expect(values(checkpoint, "index")).toEqual([116060, 7]);
    expect(values(checkpoint, "weight")).toEqual([0.5, -0.25]);
    expect([...(checkpoint.vocabularies.get("features") ?? [])]).toEqual([
      ["Constant", 0],
      ["user^a:b", 1],
    ]);
    expect([...checkpoint.hyperparameters]).toEqual([
      ["Min label", 0],
      ["Max label", 1],
      ["bits", 18],
      ["lda", 0],
      ["Checksum", 42],
    ]);
    expect(checkpoint.notes).toEqual(["options: --adaptive"]);
  });

  it("has the slots of --save_resume, and the learner's state", () => {
    const checkpoint = read(`${HEADER}:1\ninitial_t 0\ntotal_weight 15.5\n7:-0.25 4 2 1\n9:1 2 3 4\n`);
    const slots = checkpoint.slots[0]?.slots;
    expect(checkpoint.hyperparameters.get("total_weight")).toBe(15.5);
    expect([...(slots?.keys() ?? [])]).toEqual(["adaptive", "normalized"]);
    expect(Array.from(slots?.get("adaptive")?.values() ?? [], Number)).toEqual([4, 2]);
    expect(Array.from(slots?.get("normalized")?.values() ?? [], Number)).toEqual([2, 3]);
  });

  it("is refused where an index leaves the table, or a line is none", () => {
    const at = HEADER.length + 3;
    expect(() => read(`${HEADER}:0\n262144:1\n`)).toThrow(
      `m.txt, byte ${at}: index 262144\n  expected: one of 2^18`,
    );
    expect(() => read(`${HEADER}:0\n7:1\n9:x\n`)).toThrow(/byte \d+: "9:x"/);
    expect(() => read(`${HEADER}:0\n7:1\nnonsense\n`)).toThrow(/byte \d+: "nonsense"/);
    expect(() => read(HEADER)).toThrow(/no weights/);
  });

  const file = Buffer.from(
    `${HEADER}:1\nt 8\n${Array.from({ length: 50 }, (_, k) => `a^${k}:${k}:0.${k} 1 2`).join("\n")}\n`,
  );
  expectSafeFiles("damaged, is read or refused", "m.txt", { "m.txt": file });
});

describeWith("UNBATCH_DATA", "Vowpal Wabbit's models", (data) => {
  const folder = `${data}/checkpoints/vowpal_wabbit`;
  const open = (name: string): Checkpoint => vowpalWabbit.read(openTree(`${folder}/${name}`));

  it.each([
    ["t288.readable", 21, 0],
    ["cbzo_linear_readable_model.txt", 5, 0],
    ["cb_simple_invert_hash.txt", 3, 3],
    ["readable_model_privacy.txt", 2, 2],
    ["ccb_quad.inv", 123, 123],
    ["automl_readable.txt", 1377, 0],
  ])("%s: %i weights, %i names", (name, weights, names) => {
    const checkpoint = open(name);
    expect(values(checkpoint, "weight")).toHaveLength(weights);
    expect(checkpoint.vocabularies.get("features")?.size ?? 0).toBe(names);
    expect(checkpoint.hyperparameters.get("bits")).toBe(18);
  });

  it("refuses a binary one with the command that writes its text", () => {
    for (const name of [
      "model.vw",
      "8.0.1_rcv1_ok.model",
      "8.0.1_hash_ok.model",
      "save_resume_with_l1l2_state.model",
    ]) {
      expect(vowpalWabbit.recognises(openTree(`${folder}/${name}`))).toBe(true);
      expect(() => open(name)).toThrow(/byte 0: a binary model[\s\S]*--readable_model/);
    }
  });
});
