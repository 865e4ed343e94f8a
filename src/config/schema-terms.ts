import { z } from "zod";
import type { Activation } from "../core/model-spec.js";
import type { TermConfig } from "./config.js";
import { about, name } from "./schema-values.js";

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

export const term: z.ZodType<TermConfig> = z.discriminatedUnion("kind", [
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
    kind: about(
      "a factorisation machine: the inner products of all pairs of vectors",
      z.literal("factorisation"),
    ),
    name: termName,
    features: about("names of features", z.array(z.string()).min(2)),
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
