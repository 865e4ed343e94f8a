import { readFileSync } from "node:fs";
import { OnnxFile } from "../../../src/convert/formats/onnx/message.js";
import { readTensorProto } from "../../../src/convert/formats/onnx/tensor-proto.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { openTree } from "../../../src/io/files.js";
import { memoryTree } from "../../support/tree.js";
import { converted, valuesOf } from "../convert.js";
import {
  columnAt,
  columnsOf,
  dense,
  featuresOf,
  type Golden,
  type Proof,
  randomRows,
  TOLERANCE,
  together,
} from "../golden.js";
import { numbered } from "../made/trees.js";
import { onnxOutputs } from "../runtimes/onnx.js";
import { ofTrees } from "./boosted-trees.js";
import { layer } from "./keras.js";

const RUNTIME = "ONNX Runtime's outputs of this file (none were published)";

/** The data sets of ONNX's own tests; for models without one, ONNX Runtime. */
export function onnxGoldens(): Golden[] {
  return [
    {
      file: "data/onnx/onnx_test_Linear/model.onnx",
      against: "its test data set, each of eight outputs",
      tolerance: TOLERANCE,
      prove: (path) => {
        const [input, output] = testSet(path);
        return eachOutput(path, input, output);
      },
    },
    ...["onnx_test_Embedding", "onnx_test_Embedding_sparse"].map((test) => ({
      file: `data/onnx/${test}/model.onnx`,
      against: "the rows of its test data set; vectors alone have no score",
      tolerance: 0,
      because: "as they are",
      prove: (path: string) => {
        const [indices, vectors] = testSet(path);
        const rows = indices
          .flat()
          .map((index, at) => ({ index, values: vectors.flat().slice(3 * at, 3 * at + 3) }));
        return valuesOf(
          path,
          rows.map(({ index, values }) => ({ tensor: "1", from: 3 * index, values })),
        );
      },
    })),
    {
      file: "data/onnx/vespa_mnist_softmax.onnx",
      against:
        "x W + b by hand, the first and the last of ten outputs (no outputs were published, and its opset 4 is before ONNX Runtime's)",
      tolerance: TOLERANCE,
      prove: async (path) => {
        const { tensors } = await openCheckpoint(openTree(path));
        const of = (name: string): number[] => Array.from(tensors.get(name)?.values() ?? [], Number);
        const rows = randomRows(20, 784, 1);
        const [kernel, bias] = [of("Variable:0"), of("Variable_1:0")];
        return await eachOutput(
          path,
          rows,
          rows.map((row) => layer(row, kernel, bias)),
          [0, 9],
        );
      },
    },
    {
      file: "data/onnx/vespa_pytorch.onnx",
      against: `${RUNTIME}, both of them`,
      tolerance: TOLERANCE,
      prove: async (path) => {
        const rows = randomRows(20, 10, 1);
        return await eachOutput(
          path,
          rows,
          await onnxOutputs(path, { input: "input", output: "output" }, rows),
        );
      },
    },
    {
      file: "data/onnx/sklearn_treecl2.onnx",
      against: RUNTIME,
      tolerance: TOLERANCE,
      prove: async (path) => {
        const rows = randomRows(200, 20, 1);
        const outputs = await onnxOutputs(path, { input: "input", output: "proba_2" }, rows);
        return await ofTrees(path, rows, columnAt(outputs, 1).map(Number), { scale: "probability" });
      },
    },
  ];
}

/** A conversion for each output, or for some of them. */
async function eachOutput(
  path: string,
  rows: readonly (readonly number[])[],
  outputs: readonly (readonly number[])[],
  chosen: readonly number[] = Array.from(outputs[0] ?? [], (_, output) => output),
): Promise<Proof> {
  const names = numbered(rows[0]?.length ?? 0);
  const proofs: Proof[] = [];
  for (const output of chosen) {
    const config = { features: featuresOf(names, dense), checkpoint: { output } };
    const scores = columnAt(outputs, output).map(Number);
    proofs.push(await converted(path, { config, columns: columnsOf(names, rows), scores }));
  }
  return together(proofs);
}

/** input_0 and output_0 beside a model, row by row. */
function testSet(path: string): [number[][], number[][]] {
  const read = (name: string): number[][] => {
    const message = new Uint8Array(readFileSync(path.replace("model.onnx", `test_data_set_0/${name}_0.pb`)));
    const { tensor, shape } = readTensorProto(message, new OnnxFile(name, message), memoryTree("x", {}));
    const values = Array.from(tensor?.values() ?? [], Number);
    const width = shape.at(-1) ?? 1;
    return Array.from({ length: values.length / width }, (_, row) =>
      values.slice(row * width, (row + 1) * width),
    );
  };
  return [read("input"), read("output")];
}
