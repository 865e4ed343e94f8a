import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-web";
import type { ServingInput } from "../../../src/convert/export/serving-graph.js";
import type { ModelSpec } from "../../../src/core/model-spec.js";
import type { EventBatch } from "../../../src/model/batch.js";

ort.env.wasm.numThreads = 1;

/** By the name of the input: row numbers, or numbers. */
export type Inputs = ReadonlyMap<string, { kind: "rows" | "numbers"; values: ArrayLike<number> }>;

export interface Outputs {
  score: ArrayLike<number>;
  prediction: ArrayLike<number>;
}

/** What a serving program makes of events: all codes are rows already. */
export function rowsAndNumbers(
  spec: ModelSpec,
  inputs: readonly ServingInput[],
  { features, offsets }: EventBatch,
): Inputs {
  return new Map(
    inputs.map(({ name, kind, reads }) => {
      const column = features.get(reads);
      if (name.startsWith("offset/")) return [name, { kind, values: logits(spec, offsets.get(reads)) }];
      if (column === undefined || column.kind === "bags") throw new TypeError(`no column ${reads}`);
      return [name, { kind, values: column.kind === "rows" ? column.codes : column.values }];
    }),
  );
}

function logits({ terms }: ModelSpec, values: Float64Array | undefined): Float64Array {
  const isProbability = terms.some((term) => term.kind === "offset" && term.scale === "probability");
  if (values === undefined) throw new TypeError("no offset");
  return isProbability ? values.map((p) => Math.log(p / (1 - p))) : values;
}

/** ONNX Runtime, compiled to WebAssembly. */
export async function onnxScores(model: Uint8Array, inputs: Inputs): Promise<Outputs> {
  const session = await ort.InferenceSession.create(model);
  const feeds = [...inputs].map(([name, { kind, values }]) => [
    name,
    kind === "rows"
      ? new ort.Tensor("int64", BigInt64Array.from(Array.from(values, BigInt)), [values.length])
      : new ort.Tensor("float32", Float32Array.from(values), [values.length, 1]),
  ]);
  const { score, prediction } = await session.run(Object.fromEntries(feeds));
  await session.release();
  return { score: numbers(score?.data), prediction: numbers(prediction?.data) };
}

/** TensorFlow.js on its own CPU backend. */
export async function tfjsScores(files: ReadonlyMap<string, Uint8Array>, inputs: Inputs): Promise<Outputs> {
  const document = JSON.parse(new TextDecoder().decode(files.get("model.json"))) as tf.io.ModelJSON;
  const weights = Uint8Array.from(files.get("group1-shard1of1.bin") ?? []);
  const model = await tf.loadGraphModel({
    load: () =>
      Promise.resolve({
        modelTopology: document.modelTopology,
        signature: document.signature ?? {},
        format: document.format ?? "",
        weightSpecs: document.weightsManifest.flatMap((group) => group.weights),
        weightData: weights.buffer,
      }),
  });
  const feeds = [...inputs].map(([name, { kind, values }]) => [
    name,
    kind === "rows"
      ? tf.tensor1d(Array.from(values), "int32")
      : tf.tensor2d(Array.from(values), [values.length, 1], "float32"),
  ]);
  const results = model.execute(Object.fromEntries(feeds) as tf.NamedTensorMap, [
    "score",
    "prediction",
  ]) as tf.Tensor[];
  const [score, prediction] = results.map((tensor) => tensor.dataSync());
  model.dispose();
  return { score: numbers(score), prediction: numbers(prediction) };
}

function numbers(data: unknown): ArrayLike<number> {
  if (data instanceof Float32Array) return data;
  throw new TypeError("no float32 output");
}
