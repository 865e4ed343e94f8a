import { z } from "zod";
import type { OptimizerSpec } from "../core/optimizer-spec.js";
import { about } from "./schema-values.js";

const rate = about("the learning rate", z.number().positive());
const l2 = about("weight of the squared-weight penalty; default 0", z.number().min(0).default(0));
const l1 = about(
  "soft threshold after each step, by the step's own rate; default 0",
  z.number().min(0).optional(),
);
const initialAccumulator = z.number().min(0);
const clipNorm = about("the longest gradient of a row; default: any", z.number().positive().optional());
const warmUpSteps = about(
  "the first so many updates are shortened, from nothing up to the whole",
  z.int().min(1).optional(),
);
const rateFloor = about("the effective rate does not decay below this", z.number().positive().optional());
const share = z.number().min(0).lt(1);

const adagrad = {
  rate,
  initialAccumulator: about(
    "n of a weight (or row) that has learned nothing; default 0.1",
    initialAccumulator.default(0.1),
  ),
  epsilon: about("default 1e-10", z.number().min(0).default(1e-10)),
  epsilonPlacement: about(
    "outside the root, as PyTorch and Keras have it (the default), or inside",
    z.enum(["outside", "inside"]).default("outside"),
  ),
  l2,
  l1,
  clipNorm,
  warmUpSteps,
  rateFloor,
};

/** Of each kind the settings that it has: any other key is refused by its name. */
export const optimizer: z.ZodType<OptimizerSpec> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: about("w -= rate (g + l2 w)", z.literal("sgd")),
    rate,
    l2,
    l1,
    schedule: about(
      "constant (the default), or inverse-sqrt: rate / sqrt(updates so far)",
      z.enum(["constant", "inverse-sqrt"]).optional(),
    ),
    momentum: about("of layers and biases, not of rows; default 0", share.optional()),
    clipNorm,
    warmUpSteps,
    rateFloor,
  }),
  z.strictObject({
    kind: about("n += g^2; w -= rate g / (sqrt(n) + epsilon)", z.literal("adagrad")),
    ...adagrad,
  }),
  z.strictObject({
    kind: about("Adagrad with one n a row: n += mean of g^2 (TorchRec)", z.literal("rowwise-adagrad")),
    ...adagrad,
  }),
  z.strictObject({
    kind: about("FTRL-Proximal (McMahan et al. 2013)", z.literal("ftrl")),
    rate: about("alpha of the paper", z.number().positive()),
    beta: about("default 1", z.number().min(0).default(1)),
    l1: about("weights of small evidence are exactly 0; default 0", z.number().min(0).default(0)),
    l2,
    initialAccumulator: about(
      "n of a weight that has learned nothing; default 0",
      initialAccumulator.default(0),
    ),
    clipNorm,
  }),
  z.strictObject({
    kind: about("Adam (Kingma and Ba 2015)", z.literal("adam")),
    rate,
    beta1: about("decay of the mean of gradients; default 0.9", share.default(0.9)),
    beta2: about("decay of the mean of their squares; default 0.999", share.default(0.999)),
    epsilon: about("default 1e-8", z.number().positive().default(1e-8)),
    touch: about(
      "rows with a gradient alone (lazy, the default), or every row at every update (dense)",
      z.enum(["lazy", "dense"]).default("lazy"),
    ),
    correction: about(
      "of the moments' bias: in each of them (as torch.optim.Adam) or in the rate (as TensorFlow, Keras and SparseAdam); default: rate for lazy rows, moments for the rest",
      z.enum(["moments", "rate"]).optional(),
    ),
    l2,
    clipNorm,
    warmUpSteps,
  }),
  z.strictObject({ kind: about("stays as it is", z.literal("frozen")) }),
]);

/** An optimizer in the fewest words: without the settings that it would have anyway. */
export function briefOptimizer(spec: OptimizerSpec): object {
  if (spec.kind === "frozen") return spec;
  const { kind, rate } = spec;
  const usual: object = optimizer.parse({ kind, rate });
  return Object.fromEntries(
    Object.entries(spec).filter(
      ([key, value]) => key in { kind, rate } || (usual as Record<string, unknown>)[key] !== value,
    ),
  );
}
