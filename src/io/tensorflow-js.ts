import type { Feed, FrameworkInput, FrameworkModel, TfjsArtifacts } from "../core/framework-model.js";
import { optionalPackage } from "./optional-package.js";

/** Either runs a TensorFlow.js model: neither is a dependency, and neither is looked for before it is needed. */
const PACKAGES: readonly string[] = ["@tensorflow/tfjs", "@tensorflow/tfjs-node"];
/** Events that are run at a time. */
const BATCH = 1000;

/** What is used of the package. */
interface TensorflowJs {
  version: { "tfjs-core": string };
  /** Without it the package greets on the terminal. */
  enableProdMode(): void;
  ready(): Promise<void>;
  tensor(values: Int32Array | Float32Array, shape: number[], dtype: string): Tensor;
  loadLayersModel(handler: object): Promise<LayersModel>;
  loadGraphModel(handler: object): Promise<GraphModel>;
}

interface Tensor {
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

interface ModelInput extends FrameworkInput {
  dtype: string;
}

interface LayersModel {
  inputs: readonly ModelInput[];
  /** Of the layers; the inputs' own names differ at each load. */
  inputNames: readonly string[];
  outputNames: readonly string[];
  predict(inputs: Tensor[], options: { batchSize: number }): Tensor | Tensor[];
  dispose(): void;
}

interface GraphModel {
  inputs: readonly ModelInput[];
  execute(inputs: Record<string, Tensor>, output: string): Tensor;
  dispose(): void;
}

/** The model as TensorFlow.js loads it; undefined where the package is not installed. Errors: the package's own. */
export async function openTfjsModel(artifacts: TfjsArtifacts): Promise<FrameworkModel | undefined> {
  const tf = await installed();
  if (tf === undefined) return undefined;
  tf.enableProdMode();
  await tf.ready();
  const { kind, topology, signature, specs, weights } = artifacts;
  const handler = {
    load: () =>
      Promise.resolve({
        ...{ modelTopology: topology, signature, weightSpecs: specs },
        weightData: weights.slice().buffer,
      }),
  };
  const framework = `TensorFlow.js ${tf.version["tfjs-core"]}`;
  if (kind === "layers") {
    const model = await tf.loadLayersModel(handler);
    const inputs = model.inputs.map((input, at) => ({ ...input, name: model.inputNames[at] ?? input.name }));
    return modelOf(tf, framework, { inputs, dispose: () => model.dispose() }, (tensors, rows, output) => {
      const results = [model.predict([...tensors.values()], { batchSize: rows })].flat();
      const at = model.outputNames.indexOf(output);
      results.forEach((result, index) => {
        if (index !== at) result.dispose();
      });
      return results[at];
    });
  }
  const model = await tf.loadGraphModel(handler);
  return modelOf(tf, framework, model, (tensors, _, output) =>
    model.execute(Object.fromEntries(tensors), output),
  );
}

function modelOf(
  tf: TensorflowJs,
  framework: string,
  model: { inputs: readonly ModelInput[]; dispose(): void },
  execute: (tensors: ReadonlyMap<string, Tensor>, rows: number, output: string) => Tensor | undefined,
): FrameworkModel {
  const batch = async (
    feeds: ReadonlyMap<string, Feed>,
    from: number,
    to: number,
    output: string,
  ): Promise<Float64Array> => {
    const tensors = new Map(
      model.inputs.map(({ name, shape, dtype }) => {
        const { width = 0, values } = feeds.get(name) ?? {};
        const part = values?.subarray(from * width, to * width) ?? [];
        const own = dtype === "int32" ? Int32Array.from(part) : Float32Array.from(part);
        return [name, tf.tensor(own, shape.length < 2 ? [to - from] : [to - from, width], dtype)];
      }),
    );
    const result = execute(tensors, to - from, output);
    const numbers = Float64Array.from((await result?.data()) ?? []);
    result?.dispose();
    for (const tensor of tensors.values()) tensor.dispose();
    return numbers;
  };
  return {
    framework,
    inputs: model.inputs.map(({ name, shape }) => ({ name, shape })),
    async run(feeds, rows, output) {
      const parts: Float64Array[] = [];
      for (let from = 0; from < rows; from += BATCH)
        parts.push(await batch(feeds, from, Math.min(from + BATCH, rows), output));
      return Float64Array.from(parts.flatMap((part) => [...part]));
    },
    close: () => model.dispose(),
  };
}

async function installed(): Promise<TensorflowJs | undefined> {
  for (const name of PACKAGES) {
    const tf = await optionalPackage<TensorflowJs>(name);
    if (tf !== undefined) return tf;
  }
  return undefined;
}
