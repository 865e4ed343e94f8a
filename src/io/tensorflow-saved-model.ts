import type { SavedModelProgram } from "../core/framework-model.js";
import { optionalPackage } from "./optional-package.js";

const BATCH = 1000;

/** What is used of @tensorflow/tfjs-node. */
export interface TensorflowNode {
  version: { "tfjs-core": string };
  tensor(values: readonly (string | number)[], shape: number[], dtype: string): Tensor;
  node: {
    getMetaGraphsFromSavedModel(path: string): Promise<readonly MetaGraph[]>;
    loadSavedModel(path: string, tags: readonly string[], signature: string): Promise<SavedModel>;
  };
}

interface Tensor {
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

interface MetaGraph {
  tags: readonly string[];
  signatureDefs: Readonly<Record<string, Signature>>;
}

interface Signature {
  inputs: Readonly<Record<string, { dtype: string; shape: readonly unknown[] }>>;
  outputs: Readonly<Record<string, unknown>>;
}

interface SavedModel {
  predict(inputs: Record<string, Tensor>): Record<string, Tensor>;
  dispose(): void;
}

/**
 * A SavedModel as TensorFlow's own library loads it: it runs whatever operations stand in it, so that this is for models
 * that one trusts. By the signature that gives `logits`, else `serving_default`. Undefined where @tensorflow/tfjs-node is
 * not installed. Errors: the package's own; no such signature.
 */
export async function openSavedModel(
  path: string,
  load: () => Promise<TensorflowNode | undefined> = () => optionalPackage("@tensorflow/tfjs-node"),
): Promise<SavedModelProgram | undefined> {
  const tf = await load();
  if (tf === undefined) return undefined;
  const graphs = await tf.node.getMetaGraphsFromSavedModel(path);
  const graph = graphs.find(({ tags }) => tags.includes("serve")) ?? graphs[0];
  const all = Object.entries(graph?.signatureDefs ?? {});
  const [name, signature] =
    all.find(([, { outputs }]) => "logits" in outputs) ??
    all.find(([key]) => key === "serving_default") ??
    [];
  if (graph === undefined || name === undefined || signature === undefined)
    throw new Error("it has no signature that serves");
  const model = await tf.node.loadSavedModel(path, graph.tags, name);
  const batch = async (
    columns: ReadonlyMap<string, readonly (string | number)[]>,
    from: number,
    to: number,
    output: string,
  ): Promise<Float64Array> => {
    const tensors = Object.entries(signature.inputs).map(([input, { dtype, shape }]): [string, Tensor] => {
      const values = columns.get(input)?.slice(from, to) ?? [];
      return [input, tf.tensor(values, shape.length < 2 ? [to - from] : [to - from, 1], dtype)];
    });
    const results = model.predict(Object.fromEntries(tensors));
    const numbers = Float64Array.from((await results[output]?.data()) ?? []);
    for (const tensor of [...tensors.map(([, one]) => one), ...Object.values(results)]) tensor.dispose();
    return numbers;
  };
  return {
    framework: `TensorFlow, by tfjs-node ${tf.version["tfjs-core"]}`,
    inputs: Object.entries(signature.inputs).map(([input, { dtype }]) => ({
      name: input,
      isText: dtype === "string",
    })),
    outputs: Object.keys(signature.outputs),
    async run(columns, rows, output) {
      const parts: number[] = [];
      for (let from = 0; from < rows; from += BATCH)
        parts.push(...(await batch(columns, from, Math.min(from + BATCH, rows), output)));
      return Float64Array.from(parts);
    },
    close: () => model.dispose(),
  };
}
