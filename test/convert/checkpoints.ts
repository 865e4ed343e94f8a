import type { Config } from "../../src/config/config.js";
import { configSchema } from "../../src/config/schema.js";
import type { Checkpoint, OptimizerSlots } from "../../src/convert/checkpoint.js";
import { seededRandom } from "../../src/core/random.js";
import { elementCount, type Tensor } from "../../src/core/tensor.js";

/** A tensor of given values, or of seeded normal ones. */
export function tensorOf(name: string, shape: number[], values?: readonly number[]): Tensor {
  const random = seededRandom(name.length * 31 + elementCount(shape));
  const data = Float32Array.from(
    values ?? Array.from({ length: elementCount(shape) }, () => random.normal()),
  );
  if (data.length !== elementCount(shape)) throw new Error(`${name}: ${data.length} values for [${shape}]`);
  return { name, shape, dtype: "float32", values: () => data };
}

export interface Made {
  format?: string;
  slots?: OptimizerSlots[];
  vocabularies?: Record<string, Record<string, number>>;
  hyperparameters?: Record<string, number>;
  notes?: string[];
}

/** A checkpoint made by hand: tensors by name -> shape. */
export function checkpointOf(shapes: Record<string, number[] | Tensor>, made: Made = {}): Checkpoint {
  const tensors = Object.entries(shapes).map(([name, shape]) =>
    Array.isArray(shape) ? tensorOf(name, shape) : shape,
  );
  return {
    format: made.format ?? "pytorch",
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    slots: made.slots ?? [],
    vocabularies: new Map(
      Object.entries(made.vocabularies ?? {}).map(([key, rows]) => [key, new Map(Object.entries(rows))]),
    ),
    hyperparameters: new Map(Object.entries(made.hyperparameters ?? {})),
    notes: made.notes ?? [],
  };
}

export function slotsOf(
  optimizer: OptimizerSlots["optimizer"],
  tensor: string,
  slots: Record<string, Tensor>,
): OptimizerSlots {
  return { optimizer, tensor, slots: new Map(Object.entries(slots)) };
}

/** unbatch.yaml as parsed, from its plain form. */
export function configOf(plain: object): Config {
  return configSchema.parse({ version: 1, log: { time: "time" }, ...plain });
}

/** The names and shapes of the Chicago-taxi wide & deep estimator. */
export const TAXI_SHAPES: Record<string, number[]> = {
  "dnn/hiddenlayer_0/bias": [100],
  "dnn/hiddenlayer_0/kernel": [3, 100],
  "dnn/hiddenlayer_1/bias": [70],
  "dnn/hiddenlayer_1/kernel": [100, 70],
  "dnn/logits/bias": [1],
  "dnn/logits/kernel": [70, 1],
  "linear/linear_model/bias_weights": [1],
  "linear/linear_model/company_xf/weights": [1010, 1],
  "linear/linear_model/trip_start_hour_xf/weights": [24, 1],
};

/** Of a PyTorch matrix factorisation with biases and a padding row. */
export const MF_SHAPES: Record<string, number[]> = {
  global_bias: [1],
  "user_embedding.weight": [5, 3],
  "item_embedding.weight": [4, 3],
  "user_bias.weight": [5, 1],
  "item_bias.weight": [4, 1],
};
