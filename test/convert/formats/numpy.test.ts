import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { numpy } from "../../../src/convert/formats/numpy/reader.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";
import * as p from "./pickles.js";

const MADE = "fixtures/made";
const open = (path: string): Checkpoint => numpy.read(openTree(path));
const json = <T>(path: string): T => JSON.parse(readFileSync(`${MADE}/${path}`, "utf8")) as T;
const values = ({ tensors }: Checkpoint, name: string): number[] =>
  Array.from(tensors.get(name)?.values() ?? [], Number);

/** An array file of this description. */
function npy(description: string, data: Uint8Array, version = 1): Buffer {
  const text = Buffer.from(`${description.padEnd(118)}\n`);
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, version === 1 ? 2 : 4);
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from("NUMPY"),
    Buffer.of(version, 0),
    length,
    text,
    data,
  ]);
}
const described = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
const one = (bytes: Uint8Array): Checkpoint => numpy.read(memoryTree("w.npy", { "w.npy": bytes }));

describe("implicit's ALS", () => {
  const golden = json<{ pairs: [number, number][]; scores: number[]; alpha: number; reg: number }>(
    "als/golden.json",
  );

  it.each([
    ["implicit_als.npz", "implicit_als.npz"],
    ["user_factors_f64.npy", "item_factors.npy"],
  ])("%s and %s have the golden scores", (userFile, itemFile) => {
    const userTensors = open(`${MADE}/als/${userFile}`);
    const users = [...userTensors.tensors.values()].find(({ name }) => name.startsWith("user_factors"));
    const items = values(open(`${MADE}/als/${itemFile}`), "item_factors");
    const user = Array.from(users?.values() ?? [], Number);
    expect(golden.pairs).toHaveLength(30);
    golden.pairs.forEach(([u, i], at) => {
      let score = 0;
      for (let k = 0; k < 16; k++)
        score += (user[u * 16 + k] ?? Number.NaN) * (items[i * 16 + k] ?? Number.NaN);
      expect(Math.abs(score - (golden.scores[at] ?? Number.NaN))).toBeLessThan(1e-5);
    });
  });

  it("has its settings", () => {
    const { hyperparameters, notes } = open(`${MADE}/als/implicit_als.npz`);
    expect(hyperparameters.get("alpha")).toBe(golden.alpha);
    expect(hyperparameters.get("regularization")).toBe(golden.reg);
    expect(hyperparameters.get("use_cg")).toBe(1);
    expect(notes).toEqual(["dtype: text, left alone"]);
  });
});

describe("scikit-learn's arrays", () => {
  interface Linear {
    intercept: number;
    coef: [number, number][];
    sgd: { intercept: number };
  }
  const linear = json<Linear>("sklearn_lr_hash/lr.json");

  it.each([
    ["lr.npz", 15],
    ["lr_compressed.npz", 6],
  ])("%s has the coefficients of the JSON beside it", (name, digits) => {
    const checkpoint = open(`${MADE}/sklearn_lr_hash/${name}`);
    const coefficients = values(checkpoint, "coef");
    expect(checkpoint.tensors.get("coef")?.shape).toEqual([1, 16384]);
    expect(linear.coef.length).toBeGreaterThan(100);
    for (const [index, value] of linear.coef) expect(coefficients[index]).toBeCloseTo(value, digits);
    expect(coefficients.filter((value) => value !== 0)).toHaveLength(linear.coef.length);
    expect(values(checkpoint, "intercept")[0]).toBeCloseTo(linear.intercept, digits);
  });

  it("turns Fortran order round", () => {
    const checkpoint = open(`${MADE}/sklearn_lr_hash/coef_fortran.npy`);
    expect(checkpoint.tensors.get("coef_fortran")?.shape).toEqual([2, 64]);
    const first = values(open(`${MADE}/sklearn_lr_hash/lr.npz`), "coef").slice(0, 64);
    expect(values(checkpoint, "coef_fortran").slice(0, 64)).toEqual(first);
  });
});

describe("an array file", () => {
  const six = new Uint8Array(Int32Array.of(1, 2, 3, 4, 5, 6).buffer);

  it("is read in either order, of any version and number of axes", () => {
    expect(values(one(npy(described("<i4", "(1, 2, 3)"), six)), "w")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(values(one(npy(described("<i4", "(1, 2, 3)", "True"), six)), "w")).toEqual([1, 3, 5, 2, 4, 6]);
    expect(values(one(npy(described("<i4", "(6,)"), six, 2)), "w")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(one(npy(described("<i4", "()"), six.slice(0, 4))).hyperparameters.get("w")).toBe(1);
  });

  it("of texts is a vocabulary, unless one stands there twice", () => {
    const texts = (...words: string[]): Buffer =>
      npy(
        described("<U2", `(${words.length},)`),
        new Uint8Array(
          Uint32Array.from(words.flatMap((word) => [word.codePointAt(0) ?? 0, word.codePointAt(1) ?? 0]))
            .buffer,
        ),
      );
    expect([...(one(texts("ab", "é")).vocabularies.get("w") ?? [])]).toEqual([
      ["ab", 0],
      ["é", 1],
    ]);
    expect(one(texts("ab", "ab")).notes.join()).toMatch(/2 texts, "ab" twice, for rows 0 and 1: left alone/);
  });

  it("of objects is refused with what saves it safely; other types are noted, and records refused", () => {
    expect(() => one(npy(described("|O", "(1,)"), six))).toThrow(
      /byte 10: an array of Python objects[\s\S]*np\.save/,
    );
    expect(() => one(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", six))).toThrow(
      /records/,
    );
    expect(one(npy(described(">f4", "(6,)"), six)).notes).toEqual(["w: >f4, left alone"]);
  });

  it("is refused where the shape does not fill it", () => {
    expect(() => one(npy(described("<i4", "(7,)"), six))).toThrow(
      /w.npy, byte 10: 24 bytes of data\n.*28 for \[7\]/,
    );
    expect(() => one(npy(described("<i4", "(4294967296, 4294967296, 0)"), six))).toThrow(/24 bytes of data/);
  });
});

describe("damaged, is read or refused", () => {
  for (const path of ["als/item_factors.npy", "als/implicit_als.npz", "sklearn_lr_hash/lr_compressed.npz"]) {
    const name = path.replace(/^.*\//, "");
    const file = new Uint8Array(readFileSync(`${MADE}/${path}`));
    expectSafeFiles(name, name, { [name]: file }, { most: 200 });
  }

  it("a bomb in a small archive", () => {
    const member = { name: "w.npy", bytes: new Uint8Array(50_000_000), method: "deflated" as const };
    const read = () => numpy.read(memoryTree("m.npz", { "m.npz": p.zip([member]) }));
    expect(read).toThrow(/w.npy/);
  });
});

describeWith("UNBATCH_DATA", "NumPy files of others", (data) => {
  it("reads candle's", () => {
    expect(values(open(`${data}/checkpoints/numpy/candle_test.npy`), "candle_test")).toHaveLength(10);
    const archive = open(`${data}/checkpoints/numpy/candle_test.npz`);
    expect(values(archive, "x_plus_one")).toEqual(values(archive, "x").map((value) => value + 1));
  });
});
