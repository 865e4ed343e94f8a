import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";

// Else its advice to install another backend goes to stderr.
tf.env().set("IS_TEST", true);

/** What a model reads: rows of numbers, or one number an event. */
export type Inputs = Readonly<
  Record<string, { rows: readonly (readonly number[])[] | readonly number[]; dtype: "float32" | "int32" }>
>;

/** What TensorFlow.js, on its own CPU backend, makes of a Layers model: its one output, row by row. */
export async function layersOutputs(folder: string, inputs: Inputs): Promise<number[]> {
  const model = await tf.loadLayersModel(filesOf(join(folder, "model.json")));
  // A Sequential without an input layer names none.
  const names = model.inputNames.length === 0 ? Object.keys(inputs) : model.inputNames;
  const feeds = names.map((name) => tensorOf(inputs[name]));
  const output = model.predict(feeds.length === 1 && feeds[0] !== undefined ? feeds[0] : feeds);
  if (Array.isArray(output)) throw new TypeError("several outputs");
  const scores = Array.from(output.dataSync());
  model.dispose();
  return scores;
}

/** Of a Graph model, what one of its nodes gives: a row each. */
export async function graphOutputs(folder: string, inputs: Inputs, node: string): Promise<number[][]> {
  const model = await tf.loadGraphModel(filesOf(join(folder, "model.json")));
  const feeds = Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)] as const);
  const output = model.execute(Object.fromEntries(feeds), node);
  if (Array.isArray(output)) throw new TypeError("several outputs");
  const rows = (await output.array()) as number[][];
  model.dispose();
  return rows;
}

function tensorOf(input: Inputs[string] | undefined): tf.Tensor {
  if (input === undefined) throw new TypeError("no such input");
  return tf.tensor(input.rows as number[] | number[][], undefined, input.dtype);
}

/** model.json and the shards that it names. */
function filesOf(path: string): tf.io.IOHandler {
  const document = JSON.parse(readFileSync(path, "utf8")) as tf.io.ModelJSON;
  const specs = document.weightsManifest.flatMap(({ weights }) => weights);
  const shards = document.weightsManifest.flatMap(({ paths }) => paths);
  const data = Buffer.concat(shards.map((name) => readFileSync(join(dirname(path), name))));
  return {
    load: () =>
      Promise.resolve({
        modelTopology: document.modelTopology,
        ...(document.signature === undefined ? {} : { signature: document.signature }),
        ...(document.format === undefined ? {} : { format: document.format }),
        weightSpecs: specs,
        weightData: Uint8Array.from(data).buffer,
      }),
  };
}
