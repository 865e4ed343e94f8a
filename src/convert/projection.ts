import type { Tensor } from "../core/tensor.js";
import type { Checkpoint } from "./checkpoint.js";

/** As the reader of word2vec and GloVe names its table. */
export const WORD_VECTORS = "vectors";
/** Of the layer that the file does not have. */
export const PROJECTION = { kernel: "projection/kernel", bias: "projection/bias" } as const;

/** Vectors with one layer of zeros on them, of one output: a model that says nothing yet. */
export function withProjection(checkpoint: Checkpoint): Checkpoint {
  const vectors = checkpoint.tensors.get(WORD_VECTORS);
  const width = vectors?.shape[1] ?? 0;
  if (vectors === undefined || width === 0) return checkpoint;
  const zeros = (name: string, shape: number[]): Tensor => ({
    ...{ name, shape, dtype: "float64" },
    values: () => new Float64Array(shape.reduce((product, size) => product * size, 1)),
  });
  const layer = [zeros(PROJECTION.kernel, [width, 1]), zeros(PROJECTION.bias, [1])];
  return { ...checkpoint, tensors: new Map([vectors, ...layer].map((tensor) => [tensor.name, tensor])) };
}
