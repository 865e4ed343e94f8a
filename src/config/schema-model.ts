import { z } from "zod";
import type { Activation, OptimizerSpec } from "../core/model-spec.js";
import type { Config, LearnerConfig, PolicyLearnerConfig, TermConfig } from "./config.js";
import { about, name, precision } from "./schema-values.js";

const rate = about("the learning rate", z.number().min(0));
const l2 = about("weight of the squared-weight penalty; default 0", z.number().min(0).default(0));

const optimizer: z.ZodType<OptimizerSpec> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: about("w -= rate (g + l2 w)", z.literal("sgd")), rate, l2 }),
  z.strictObject({
    kind: about("n += g^2; w -= rate g / (sqrt(n) + epsilon)", z.literal("adagrad")),
    rate,
    initialAccumulator: about(
      "n of a weight that has learned nothing; default 0.1",
      z.number().min(0).default(0.1),
    ),
    epsilon: about("default 1e-10", z.number().min(0).default(1e-10)),
    epsilonPlacement: about(
      "outside the root, as PyTorch and Keras have it (the default), or inside",
      z.enum(["outside", "inside"]).default("outside"),
    ),
    l2,
  }),
  z.strictObject({
    kind: about("FTRL-Proximal (McMahan et al. 2013)", z.literal("ftrl")),
    rate: about("alpha of the paper", z.number().positive()),
    beta: about("default 1", z.number().min(0).default(1)),
    l1: about("weights of small evidence are exactly 0; default 0", z.number().min(0).default(0)),
    l2,
    initialAccumulator: about(
      "n of a weight that has learned nothing; default 0",
      z.number().min(0).default(0),
    ),
  }),
  z.strictObject({ kind: about("stays as it is", z.literal("frozen")) }),
]);

const activation: z.ZodType<Activation> = z.enum([
  "linear",
  "relu",
  "sigmoid",
  "tanh",
  "elu",
  "leaky_relu",
  "softplus",
]);
const termName = about("the term's name; default: its kind", name.optional());
const width = about("numbers in a row", z.int().min(1).max(4096));
const noise = about("standard deviation of a new row's numbers; default 0.1", z.number().min(0).default(0.1));

const term: z.ZodType<TermConfig> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: about("a logged score of the model in production; not learned", z.literal("offset")),
    name: termName,
    column: about("the column of the score", name),
    scale: about(
      "what the column holds: logit (the default), probability (turned into its logit) or score",
      z.enum(["logit", "probability", "score"]).default("logit"),
    ),
  }),
  z.strictObject({ kind: about("one number", z.literal("bias")), name: termName }),
  z.strictObject({
    kind: about("a weight per row of each feature", z.literal("linear")),
    name: termName,
    features: about("names of features", z.array(z.string()).min(1)),
  }),
  z.strictObject({
    kind: about("the inner product of a row of each side", z.literal("dot")),
    name: termName,
    left: about("a feature that is not dense", z.string()),
    right: about("a feature that is not dense", z.string()),
    width,
    noise,
  }),
  z.strictObject({
    kind: about("inputs side by side, then layers, then one number", z.literal("deep")),
    name: termName,
    inputs: about(
      "names of dense features, and { feature, width } for an embedding of another",
      z
        .array(
          z.union([
            z.string(),
            z.strictObject({ feature: about("a feature that is not dense", z.string()), width }),
          ]),
        )
        .min(1),
    ),
    hidden: about("units of each hidden layer", z.array(z.int().min(1).max(65536)).min(1)),
    activation: about("of the hidden layers; default relu", activation.default("relu")),
    noise: about(
      "standard deviation of a new embedding's numbers; default 0.1",
      z.number().min(0).default(0.1),
    ),
  }),
]);

export const model: z.ZodType<NonNullable<Config["model"]>> = z.strictObject({
  link: about(
    "logistic (a label of 0 or 1; the default) or squared (any number)",
    z.enum(["logistic", "squared"]).default("logistic"),
  ),
  terms: about("the score is their sum", z.array(term).min(1)),
});

const common = about("the optimizer of every term that has none of its own", optimizer.optional());
const batchSize = about("rows whose gradients are averaged into one update", z.int().min(1).max(65536));

export const learner: z.ZodType<LearnerConfig> = z.strictObject({
  optimizer: common,
  terms: about("optimizers by the name of the term", z.record(z.string(), optimizer).default({})),
  batchSize: batchSize.default(1),
  precision: about(
    "of weights and slots, in memory and on disk; default float64",
    precision.default("float64"),
  ),
  seed: about("of every random number; default 1", z.int().min(0).default(1)),
});

/** What a policy may set for itself. */
export const policyLearner: z.ZodType<PolicyLearnerConfig> = z.strictObject({
  optimizer: common,
  terms: about("optimizers by the name of the term", z.record(z.string(), optimizer).optional()),
  batchSize: batchSize.optional(),
});
