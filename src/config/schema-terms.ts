import { z } from "zod";
import type { Activation } from "../core/model-spec.js";
import { about, name } from "./schema-values.js";
import type { InputConfig, TermConfig } from "./term-config.js";

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

const hidden = z.array(z.int().min(1).max(65536));
const input: z.ZodType<InputConfig> = z.union([
  z.string(),
  z.strictObject({
    feature: about("a feature that is not dense", z.string()),
    width,
    from: about("a term whose vectors these are, learned by both; default: its own", z.string().optional()),
  }),
  z.strictObject({
    product: about("two features that are not dense", z.tuple([z.string(), z.string()])),
    width,
  }),
  z.strictObject({ sum: about("features that are not dense", z.array(z.string()).min(2)), width }),
]);
const inputs = about(
  "names of dense features, { feature, width } for an embedding of another, { product: [a, b], width } for the element-wise product of two embeddings, and { sum: [a, b], width } for a sum",
  z.array(input).min(1),
);
const hiddenActivation = about("of the hidden layers; default relu", activation.default("relu"));
const tower = z.strictObject({
  inputs,
  hidden: about("units of each hidden layer; default none", hidden.default([])),
});

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
    inputs,
    hidden: about("units of each hidden layer; none: the inputs' weighted sum", hidden),
    activation: hiddenActivation,
    noise,
  }),
  z.strictObject({
    kind: about("the inner product of what two towers make of their inputs", z.literal("towers")),
    name: termName,
    left: about("a stack of layers", tower),
    right: about("a stack of layers", tower),
    width: about("numbers that each tower ends in", z.int().min(1).max(4096)),
    activation: hiddenActivation,
    last: about("of each tower's last layer; default linear", activation.optional()),
    noise,
  }),
  z.strictObject({
    kind: about("a deep & cross network (DCN)", z.literal("cross")),
    name: termName,
    inputs,
    crosses: about("crosses one on the other", z.int().min(1).max(64)),
    form: about(
      "of a cross's weights: matrix (DCN-v2; the default) or vector (DCN)",
      z.enum(["matrix", "vector"]).default("matrix"),
    ),
    structure: about(
      "the layers: stacked on the crosses (the default), or parallel to them",
      z.enum(["stacked", "parallel"]).default("stacked"),
    ),
    hidden: about("units of each hidden layer; default none", hidden.default([])),
    activation: hiddenActivation,
    noise,
  }),
  z.strictObject({
    kind: about("pairwise products of vectors, then layers (DLRM)", z.literal("interaction")),
    name: termName,
    features: about("features that are not dense: a vector each", z.array(z.string()).min(1)),
    dense: about("dense features, which together make one more vector", z.array(z.string()).default([])),
    above: about(
      "what goes up beside the products: dense (the dense features' vector, the default) or vectors (all of them)",
      z.enum(["dense", "vectors"]).optional(),
    ),
    width,
    bottom: about(
      "units of the layers between the numbers and their vector; default none",
      hidden.default([]),
    ),
    hidden: about("units of each hidden layer above the products; default none", hidden.default([])),
    activation: hiddenActivation,
    noise,
  }),
]);
