import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { keras } from "../../../src/convert/formats/keras/reader.js";
import type { Tensor } from "../../../src/core/tensor.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import * as p from "./pickles.js";

const FOLDER = "fixtures/made/keras_like";
interface Golden {
  user_id: number[];
  item_id: number[];
  prob: number[];
}
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;
const open = async (path: string): Promise<Checkpoint> => await keras.read(openTree(path));
const numbers = (tensor: Tensor | undefined): number[] => Array.from(tensor?.values() ?? [], Number);
const values = ({ tensors }: Checkpoint, name: string): number[] => numbers(tensors.get(name));

/** The model's own formula: concatenated embeddings into one dense layer. */
function probabilities(checkpoint: Checkpoint): number[] {
  const [users, items, kernel, bias] = [
    "user_embedding/embeddings",
    "item_embedding/embeddings",
    "ctr/kernel",
    "ctr/bias",
  ].map((name) => values(checkpoint, name));
  return golden.user_id.map((user, row) => {
    let logit = bias?.[0] ?? Number.NaN;
    for (let k = 0; k < 8; k++) {
      logit += (users?.[user * 8 + k] ?? Number.NaN) * (kernel?.[k] ?? 0);
      logit += (items?.[(golden.item_id[row] ?? 0) * 8 + k] ?? Number.NaN) * (kernel?.[8 + k] ?? 0);
    }
    return 1 / (1 + Math.exp(-logit));
  });
}

describe.each([
  ["keras2_full.h5", "keras-h5", "adagrad", ["accumulator"]],
  ["keras3_like.keras", "keras", "adam", ["m", "v"]],
])("%s", (name, format, optimizer, parts) => {
  it("has the golden probabilities by the layers' own names, and the slots of every weight", async () => {
    const checkpoint = await open(`${FOLDER}/${name}`);
    expect(checkpoint.format).toBe(format);
    expect(golden.prob).toHaveLength(10);
    probabilities(checkpoint).forEach((probability, row) => {
      expect(probability).toBeCloseTo(golden.prob[row] ?? Number.NaN, 6);
    });
    expect(checkpoint.slots.map(({ tensor }) => tensor).sort()).toEqual(
      [...checkpoint.tensors.keys()].sort(),
    );
    for (const { tensor, optimizer: found, slots } of checkpoint.slots) {
      expect(found).toBe(optimizer);
      expect([...slots.keys()]).toEqual(parts);
      for (const slot of slots.values()) expect(slot.shape).toEqual(checkpoint.tensors.get(tensor)?.shape);
    }
    expect([...checkpoint.hyperparameters.values()]).toContain(1234);
    expect(checkpoint.notes).toEqual([]);
  });
});

describe("a .keras file", () => {
  it("keeps m and v apart", async () => {
    const { slots } = await open(`${FOLDER}/keras3_like.keras`);
    const parts = slots.find(({ tensor }) => tensor === "ctr/kernel")?.slots;
    expect(new Set(numbers(parts?.get("m")))).toEqual(new Set([0]));
    expect(new Set(numbers(parts?.get("v")))).toEqual(new Set([Math.fround(1e-4)]));
  });

  it("is refused without its weights, and with a configuration that is no JSON", async () => {
    const read = async (members: p.Member[]): Promise<unknown> => {
      const tree = memoryTree("m.keras", { "m.keras": p.zip(members) });
      return await Promise.resolve(tree).then(keras.read).catch(String);
    };
    const config = { name: "config.json", bytes: Buffer.from("{}") };
    expect(await read([config])).toMatch(/m.keras, byte 0: no model.weights.h5/);
    expect(await read([{ name: "config.json", bytes: Buffer.from("{") }])).toMatch(/config.json, byte 1/);
  });
});

describe("an HDF5 file whose data is elsewhere, or endless", () => {
  /** Bytes of a file that the library itself wrote. */
  async function written(fill: (file: import("h5wasm").File) => void): Promise<Uint8Array> {
    const { File, ready } = await import("h5wasm");
    const { FS } = await ready;
    const file = new File("/made.h5", "w");
    file.create_dataset({ name: "bias", data: Float32Array.of(1, 2) });
    fill(file);
    file.close();
    return FS.readFile("/made.h5") as Uint8Array;
  }
  const read = async (fill: (file: import("h5wasm").File) => void): Promise<string> => {
    const tree = memoryTree("m.h5", { "m.h5": await written(fill) });
    return await Promise.resolve(tree)
      .then(keras.read)
      .then(({ tensors }) => `read ${[...tensors.keys()].join()}`, String);
  };

  it("is refused with the link's name", async () => {
    expect(await read(() => {})).toBe("read bias");
    expect(await read((file) => file.create_soft_link("/bias", "soft"))).toBe("read bias,soft");
    expect(await read((file) => file.create_soft_link("/gone", "soft"))).toMatch(
      /m.h5, byte 0: \/soft: a link that leads out of the file, or nowhere/,
    );
    const out = await read((file) => file.create_external_link("/etc/passwd", "/x", "out"));
    expect(out).toMatch(/\/out: a link that leads out/);
    const loop = await read((file) => {
      file.create_group("loop");
      file.create_hard_link("/loop", "/loop/me");
    });
    expect(loop).toMatch(/m.h5, byte 0: \/loop\/me.*a group that holds itself/);
    const wide = await read((file) => {
      for (const name of ["a", "b"]) {
        file.create_group(name);
        for (const link of ["x", "y"]) file.create_hard_link(`/${name}`, `/${name}/${link}`);
      }
    });
    expect(wide).toMatch(/a group that holds itself|more than 50000 objects/);
  });
});

describeWith("UNBATCH_DATA", "Keras files of others", (data) => {
  const folder = `${data}/checkpoints`;

  it.each([
    ["keras_h5/ncf_ml-1m_GMF_8.h5", 4, { item_embedding_W: [3706, 8], user_embedding_W: [6040, 8] }],
    ["keras_h5/ncf_ml-1m_MLP_64.h5", 10, { layer1_W: [64, 32], layer1_b: [32] }],
    ["keras_h5/frugally_deep_lstm.h5", 63, { "lstm_15/kernel": [4, 48] }],
    ["keras_h5/frugally_deep_temp_stateful.h5", 2, { "gru_1/kernel": [1, 3] }],
    ["keras_v3/pre_pr22362_nested_container.keras", 5, { "dense_3/kernel": [4, 2], "dense_3/bias": [2] }],
  ])("%s has its tensors", async (name, count, some) => {
    const { tensors } = await open(`${folder}/${name}`);
    expect(tensors.size).toBe(count);
    for (const [tensor, shape] of Object.entries(some)) {
      expect(tensors.get(tensor)?.shape).toEqual(shape);
      expect(values({ tensors } as Checkpoint, tensor).every(Number.isFinite)).toBe(true);
    }
  });
});
