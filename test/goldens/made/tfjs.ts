import { readFileSync } from "node:fs";
import { join } from "node:path";
import { converted } from "../convert.js";
import { columnAt, dense, featuresOf, type Golden, identity, type Proof, TOLERANCE } from "../golden.js";
import { json } from "../read.js";
import { layersOutputs } from "../runtimes/tfjs.js";

interface Scored {
  user_id: number[];
  item_id: number[];
  dense: number[][];
  prob: number[];
}

const FEATURES = [
  { name: "user", column: "user_id", encoder: identity(121) },
  { name: "item", column: "item_id", encoder: identity(181) },
  ...featuresOf(["d0", "d1"], dense),
];

/** A Layers model whole, in shards and quantised: its published predictions, and what TensorFlow.js makes of each file. */
export function tfjsGoldens(made: string): Golden[] {
  const golden = json<Scored>(`${made}/tfjs_layers/golden.json`);
  const inputs = {
    user_id: { rows: golden.user_id.map((id) => [id]), dtype: "int32" },
    item_id: { rows: golden.item_id.map((id) => [id]), dtype: "int32" },
    dense: { rows: golden.dense, dtype: "float32" },
  } as const;
  const against = "TensorFlow.js's predictions when it was saved";
  const saved = (form: string): Golden => ({
    file: `made/tfjs_layers/${form}/`,
    against,
    tolerance: TOLERANCE,
    prove: (path) => prove(path, golden.prob),
  });
  const quantised = (form: string): Golden[] => [
    {
      file: `made/tfjs_layers/${form}/`,
      against: "TensorFlow.js's predictions of this file",
      tolerance: TOLERANCE,
      prove: async (path) => prove(path, await layersOutputs(path, inputs)),
    },
    {
      file: `made/tfjs_layers/${form}/`,
      against: `${against}, before weights were quantised`,
      tolerance: stepOf(join(made, "tfjs_layers", form)),
      because: "the largest step of a weight",
      prove: (path) => prove(path, golden.prob),
    },
  ];
  return [...["single", "sharded"].map(saved), ...["float16", "uint16", "uint8"].flatMap(quantised)];

  function prove(path: string, scores: readonly number[]): Promise<Proof> {
    const { user_id, item_id, dense: numbers } = golden;
    const columns = { user_id, item_id, d0: columnAt(numbers, 0), d1: columnAt(numbers, 1) };
    return converted(path, { config: { features: FEATURES }, columns, scores, scale: "probability" });
  }
}

interface Manifest {
  weightsManifest: { weights: { quantization?: { scale?: number } }[] }[];
}

/** Of weights quantised to whole numbers the manifest has the step; of float16 it is 2^-10 between 1 and 2. */
function stepOf(folder: string): number {
  const { weightsManifest } = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as Manifest;
  const steps = weightsManifest.flatMap(({ weights }) =>
    weights.map(({ quantization }) => quantization?.scale ?? 2 ** -10),
  );
  return Math.max(...steps);
}
