import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { pytorch } from "../../../src/convert/formats/pytorch/reader.js";
import { bfloat16, float16 } from "../../../src/convert/formats/small-floats.js";
import { elementCount, type Tensor, type TensorValues } from "../../../src/core/tensor.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";

const FOLDER = "fixtures/made/pytorch_mf";

interface Golden {
  user_ids: string[];
  item_ids: string[];
  logits: number[];
  tensors: Record<string, number[]>;
  probe: Record<string, number[]>;
  /** By parameter number; elements 16 to 20. */
  adagrad_sum_probe: Record<string, number[]>;
}
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;
const vocab = JSON.parse(readFileSync(`${FOLDER}/vocab.json`, "utf8")) as Record<
  "user2id" | "item2id",
  Record<string, number>
>;

const open = (name: string): Checkpoint => pytorch.read(openTree(`${FOLDER}/${name}`));
const numbers = (values: TensorValues | undefined): number[] => Array.from(values ?? [], Number);

function valuesOf({ tensors }: Checkpoint, name: string): number[] {
  return numbers(tensors.get(name)?.values());
}

/** The model's own formula, from the file's tensors alone. */
function logit(checkpoint: Checkpoint, user: number, item: number): number {
  const [users, items] = ["user", "item"].map((side) => valuesOf(checkpoint, `${side}_embedding.weight`));
  let sum =
    (valuesOf(checkpoint, "user_bias.weight")[user] ?? Number.NaN) +
    (valuesOf(checkpoint, "item_bias.weight")[item] ?? Number.NaN) +
    (valuesOf(checkpoint, "global_bias")[0] ?? Number.NaN);
  for (let k = 0; k < 16; k++) sum += (users?.[user * 16 + k] ?? 0) * (items?.[item * 16 + k] ?? 0);
  return sum;
}

describe.each(["state_dict.pt", "checkpoint.pt"])("%s", (name) => {
  const checkpoint = open(name);

  it("has the tensors that torch had, in their order, to the bit", () => {
    expect(checkpoint.format).toBe("pytorch-zip");
    const shapes = [...checkpoint.tensors].map(([tensor, { shape }]) => [tensor, shape]);
    expect(shapes).toEqual(Object.entries(golden.tensors));
    let probed = 0;
    for (const [tensor, probe] of Object.entries(golden.probe)) {
      expect(checkpoint.tensors.get(tensor)?.dtype).toBe("float32");
      expect(checkpoint.tensors.get(tensor)?.values()).toBeInstanceOf(Float32Array);
      expect(valuesOf(checkpoint, tensor).slice(0, probe.length)).toEqual(probe);
      probed += probe.length;
    }
    expect(probed).toBe(21);
  });

  it("gives the golden logits by the model's own formula", () => {
    golden.logits.forEach((expected, row) => {
      const user = vocab.user2id[golden.user_ids[row] ?? ""] ?? -1;
      const item = vocab.item2id[golden.item_ids[row] ?? ""] ?? -1;
      expect(Math.abs(logit(checkpoint, user, item) - expected)).toBeLessThan(1e-6);
    });
    expect(golden.logits.length).toBe(40);
  });
});

describe("checkpoint.pt", () => {
  const checkpoint = open("checkpoint.pt");

  it("has an accumulator for each weight, by the order of parameters", () => {
    const weights = Object.keys(golden.tensors);
    expect(checkpoint.slots.map(({ optimizer, tensor }) => [optimizer, tensor])).toEqual(
      weights.map((tensor) => ["adagrad", tensor]),
    );
    checkpoint.slots.forEach(({ tensor, slots }, index) => {
      expect([...slots.keys()]).toEqual(["accumulator"]);
      const sums = numbers(slots.get("accumulator")?.values());
      expect(sums.length).toBe(elementCount(golden.tensors[tensor] ?? []));
      expect(sums.slice(16, 21)).toEqual(golden.adagrad_sum_probe[index]);
    });
  });

  it("has the optimizer's settings and both id maps", () => {
    expect(Object.fromEntries(checkpoint.hyperparameters)).toEqual({
      lr: 0.05,
      lr_decay: 0,
      eps: 1e-10,
      weight_decay: 0,
      initial_accumulator_value: 0.1,
    });
    expect([...checkpoint.vocabularies.keys()]).toEqual(["user2id", "item2id"]);
    for (const key of ["user2id", "item2id"] as const) {
      expect(Object.fromEntries(checkpoint.vocabularies.get(key) ?? [])).toEqual(vocab[key]);
    }
  });
});

describe("half precision and views", () => {
  const checkpoint = open("state_dict_half_and_views.pt");
  const whole = open("state_dict.pt");
  const tensor = (name: string): Tensor => {
    const found = checkpoint.tensors.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };

  it("rounds as IEEE half and bfloat16 do: to the nearest of their numbers", () => {
    const cases = [
      ["user_embedding.weight", "float16", whole.tensors.get("user_embedding.weight"), 11],
      ["item_embedding.weight", "float16", whole.tensors.get("item_embedding.weight"), 11],
      ["item_embedding_bf16", "bfloat16", whole.tensors.get("item_embedding.weight"), 8],
    ] as const;
    for (const [name, dtype, source, bits] of cases) {
      expect(tensor(name).dtype).toBe(dtype);
      const exact = numbers(source?.values());
      const rounded = numbers(tensor(name).values());
      expect(rounded.length).toBe(exact.length);
      // Half a unit in the last of `bits` significant binary places; subnormal halves are 2^-24 apart.
      exact.forEach((value, index) => {
        const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) + 1 - bits), 2 ** -24);
        expect(Math.abs((rounded[index] ?? Number.NaN) - value)).toBeLessThanOrEqual(unit / 2);
      });
      expect(rounded.some((value, index) => value !== exact[index])).toBe(true);
    }
  });

  it("reads a transposed and a row view of the same storage in row-major order", () => {
    expect(tensor("user_embedding_T").shape).toEqual([16, 201]);
    const users = valuesOf(whole, "user_embedding.weight");
    const transposed = numbers(tensor("user_embedding_T").values());
    transposed.forEach((value, at) => {
      expect(value).toBe(users[(at % 201) * 16 + Math.floor(at / 201)]);
    });
    expect(transposed.length).toBe(users.length);
    expect(tensor("rows_1_5").shape).toEqual([4, 16]);
    expect(numbers(tensor("rows_1_5").values())).toEqual(
      valuesOf(whole, "item_embedding.weight").slice(16, 80),
    );
  });

  it("knows every special half and bfloat16", () => {
    const halves = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
    const expected = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, Infinity, -Infinity, NaN];
    expect(halves.map(float16)).toEqual(expected);
    expect([0x3f80, 0xc049, 0x7f80, 0x0001, 0x8000, 0x7fc0].map(bfloat16)).toEqual([
      ...[1, -3.140625, Infinity, 2 ** -133, -0, NaN],
    ]);
  });
});

it("reads the form before 1.6 to the same bits", () => {
  const [legacy, whole] = [open("state_dict_legacy.pt"), open("state_dict.pt")];
  expect(legacy.format).toBe("pytorch-legacy");
  expect([...legacy.tensors.keys()]).toEqual(Object.keys(golden.tensors));
  for (const name of legacy.tensors.keys()) expect(valuesOf(legacy, name)).toEqual(valuesOf(whole, name));
});

it("closes an object of an unknown class, names it, and finds the weights beside it", () => {
  const checkpoint = open("recbole_like.pth");
  expect(checkpoint.notes.join("\n")).toMatch(/recbole\.config\.configurator\.Config: .*left closed/);
  expect([...checkpoint.tensors.keys()]).toEqual(Object.keys(golden.tensors));
  expect(new Set(checkpoint.slots.map(({ optimizer }) => optimizer))).toEqual(new Set(["adam"]));
  expect(checkpoint.slots.map(({ slots }) => [...slots.keys()])).toEqual(Array(5).fill(["m", "v"]));
});

describeWith("UNBATCH_DATA", "PyTorch files of others", (data) => {
  const folder = `${data}/checkpoints/pytorch`;
  const shapesOf = (name: string): Record<string, readonly number[]> =>
    Object.fromEntries(
      [...pytorch.read(openTree(join(folder, name))).tensors].map(([key, { shape }]) => [key, shape]),
    );

  /** What SOURCES.md lists for a file: names with shapes. */
  function listed(name: string): Record<string, number[]> {
    const sources = readFileSync(`${data}/checkpoints/SOURCES.md`, "utf8");
    const line = sources.split("\n").find((one) => one.startsWith(`- \`pytorch/${name}\`:`)) ?? "";
    const entries = [...line.slice(line.indexOf(":") + 1).matchAll(/([^\s,[\]]+)\[([\d,]*)\]/g)];
    return Object.fromEntries(
      entries.map(([, key = "", shape = ""]) => [key, shape.split(",").filter(Boolean).map(Number)]),
    );
  }

  it.each([
    "allennlp_basic_classifier/best.th",
    "allennlp_simple_tagger_full/best.th",
    "allennlp_simple_tagger_full/model_state_e1_b0.th",
    "candle_fortran_tensor_3d.pth",
    "candle_test.pt",
  ])("%s has the listed tensors", (name) => {
    expect(Object.keys(listed(name)).length).toBeGreaterThan(0);
    expect(shapesOf(name)).toEqual(listed(name));
  });

  it("finds a state_dict under its key", () => {
    expect(shapesOf("candle_test_with_key.pt")).toEqual({ test: [2, 4] });
  });

  it("reads a Fortran-ordered tensor in row-major order", () => {
    const { tensors } = pytorch.read(openTree(join(folder, "candle_fortran_tensor_3d.pth")));
    const values = numbers(tensors.get("tensor_fortran")?.values());
    // Its values count up in row-major order.
    expect(values).toEqual(Array.from({ length: 24 }, (_, index) => (values[0] ?? Number.NaN) + index));
  });

  it("gives optimizer settings where there are no weights", () => {
    const training = pytorch.read(
      openTree(join(folder, "allennlp_simple_tagger_full/training_state_e1_b0.th")),
    );
    expect([...training.tensors.keys(), ...training.slots]).toEqual([]);
    expect(training.hyperparameters.get("rho")).toBe(0.95);
    expect(training.notes.join()).toMatch(/numbers 9 parameters and there are 0: its slots are left alone/);
  });
});
