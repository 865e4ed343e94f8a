import { z } from "zod";
import { parseDurationMicros, parseTimeMicros } from "../core/time.js";
import type { Config } from "./config.js";

const duration = z
  .string()
  .meta({ description: "a duration: 90s, 15m, 4h, 28d, 1w", examples: ["1d"] })
  .refine((text) => parseDurationMicros(text) !== undefined, "expected a duration such as 90s, 15m, 4h, 28d")
  .transform((text) => parseDurationMicros(text) ?? 0);

const positiveDuration = duration.refine((micros) => micros > 0, "expected a duration above 0");

const time = z
  .string()
  .refine(
    (text) => parseTimeMicros(text) !== undefined,
    "expected a time such as 2024-05-01 or 2024-05-01T06:00:00Z",
  )
  .transform((text) => parseTimeMicros(text) ?? 0);

const column = z.string().min(1);
const precision = z.enum(["float32", "float64"]);
const hashFunction = z.enum(["farmhash64"]);

const label = z.union([
  z.string().transform((rule) => ({ rule })),
  z.strictObject({
    rule: z.string(),
    precision: precision.optional(),
    missing: z.union([z.literal(0), z.literal(1), z.literal("reject")]).optional(),
  }),
]);

const known = z.union([
  z.strictObject({ after: z.union([duration, z.strictObject({ positive: duration, negative: duration })]) }),
  z.strictObject({ column }),
]);

const log = z.strictObject({
  time: z.union([
    column.transform((name) => ({ column: name })),
    z.strictObject({ column, unit: z.enum(["s", "ms", "us", "ns"]).optional() }),
  ]),
  label: label.optional(),
  known: known.optional(),
  user: column.optional(),
  item: column.optional(),
  group: column.optional(),
  weight: column.optional(),
  propensity: column.optional(),
  position: column.optional(),
  eventId: column.optional(),
  maxRejected: z.number().min(0).max(1).default(0.01),
});

const unknown = z.union([
  z.enum(["grow", "reject"]),
  z.strictObject({ growFrom: z.int().min(0) }),
  z.strictObject({ row: z.int().min(0) }),
  z.strictObject({ buckets: z.int().min(1), function: hashFunction.default("farmhash64") }),
]);

const encoder = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("vocabulary"),
    file: z.string().optional(),
    key: z.string().optional(),
    unknown: unknown.default("grow"),
    missing: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("hash"),
    buckets: z.int().min(1),
    function: hashFunction.default("farmhash64"),
    missing: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("identity"),
    size: z.int().min(1),
    outOfRange: z.union([z.int().min(0), z.literal("reject")]).default("reject"),
    missing: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal("bucketize"),
    boundaries: z.array(z.number()).min(1),
    precision: precision.default("float64"),
    missing: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal("dense"),
    mean: z.number().default(0),
    scale: z.number().min(0).optional(),
    variance: z.number().min(0).optional(),
    transform: z.enum(["none", "log1p"]).default("none"),
    truncate: z.boolean().default(false),
    precision: precision.default("float64"),
    missing: z.number().optional(),
  }),
]);

const feature = z.strictObject({ name: z.string().min(1), column: column.optional(), encoder });

const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sgd"), rate: z.number().min(0), l2: z.number().min(0).default(0) }),
  z.strictObject({
    kind: z.literal("adagrad"),
    rate: z.number().min(0),
    initialAccumulator: z.number().min(0).default(0.1),
    epsilon: z.number().min(0).default(1e-10),
    epsilonPlacement: z.enum(["outside", "inside"]).default("outside"),
    l2: z.number().min(0).default(0),
  }),
  z.strictObject({
    kind: z.literal("ftrl"),
    rate: z.number().positive(),
    beta: z.number().min(0).default(1),
    l1: z.number().min(0).default(0),
    l2: z.number().min(0).default(0),
    initialAccumulator: z.number().min(0).default(0),
  }),
  z.strictObject({ kind: z.literal("frozen") }),
]);

const activation = z.enum(["linear", "relu", "sigmoid", "tanh", "elu", "leaky_relu", "softplus"]);
const termName = z.string().min(1).optional();
const term = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("offset"),
    name: termName,
    column,
    scale: z.enum(["logit", "probability", "score"]).default("logit"),
  }),
  z.strictObject({ kind: z.literal("bias"), name: termName }),
  z.strictObject({ kind: z.literal("linear"), name: termName, features: z.array(z.string()).min(1) }),
  z.strictObject({
    kind: z.literal("dot"),
    name: termName,
    left: z.string(),
    right: z.string(),
    width: z.int().min(1).max(4096),
    noise: z.number().min(0).default(0.1),
  }),
  z.strictObject({
    kind: z.literal("deep"),
    name: termName,
    inputs: z
      .array(z.union([z.string(), z.strictObject({ feature: z.string(), width: z.int().min(1).max(4096) })]))
      .min(1),
    hidden: z.array(z.int().min(1).max(65536)).min(1),
    activation: activation.default("relu"),
    noise: z.number().min(0).default(0.1),
  }),
]);

const checkpoint = z.strictObject({
  path: z.string().optional(),
  family: z.enum(["logistic-regression", "matrix-factorisation", "wide-and-deep"]).optional(),
  tensors: z.record(z.string(), z.string()).optional(),
  slots: z.enum(["exact", "fresh"]).default("exact"),
  tolerance: z.number().positive().default(1e-5),
  golden: z
    .strictObject({
      file: z.string(),
      columns: z.record(z.string(), z.string()).default({}),
      score: z.string().default("logit"),
    })
    .optional(),
  trained: z.strictObject({ throughShownAt: time, labelsAsOf: time }).optional(),
});

const learner = z.strictObject({
  optimizer: optimizer.optional(),
  terms: z.record(z.string(), optimizer).default({}),
  batchSize: z.int().min(1).max(65536).default(1),
  precision: precision.default("float64"),
  seed: z.int().min(0).default(1),
});

const replay = z.strictObject({
  window: positiveDuration.default(parseDurationMicros("1d") ?? 0),
  publishEvery: positiveDuration.optional(),
  updateEvery: positiveDuration.optional(),
});

const policyLearner = z.strictObject({
  optimizer: optimizer.optional(),
  terms: z.record(z.string(), optimizer).optional(),
  batchSize: z.int().min(1).max(65536).optional(),
});
const shared = { name: z.string().min(1), learner: policyLearner.optional() };
const retrain = {
  ...shared,
  every: positiveDuration,
  epochs: z.int().min(1).max(1000).default(1),
  publishAfter: duration.default(0),
};
const policy = z.discriminatedUnion("kind", [
  z.strictObject({ ...shared, kind: z.literal("frozen") }),
  z.strictObject({
    ...retrain,
    kind: z.literal("stateless"),
    cut: z.enum(["known", "shown"]).default("known"),
    window: z.union([z.literal("all"), positiveDuration]),
  }),
  z.strictObject({ ...retrain, kind: z.literal("warm") }),
  z.strictObject({
    ...shared,
    kind: z.literal("online"),
    from: z.enum(["checkpoint", "scratch"]).default("checkpoint"),
    publishEvery: positiveDuration.optional(),
    updateEvery: positiveDuration.optional(),
  }),
]);

const compare = z.strictObject({
  pretrain: positiveDuration.optional(),
  start: time.optional(),
  slice: positiveDuration.default(parseDurationMicros("1d") ?? 0),
  policies: z.array(policy).min(1),
});

export const configSchema: z.ZodType<Config> = z.strictObject({
  version: z.literal(1),
  log,
  features: z.array(feature).default([]),
  checkpoint: checkpoint.optional(),
  model: z
    .strictObject({ link: z.enum(["logistic", "squared"]).default("logistic"), terms: z.array(term).min(1) })
    .optional(),
  learner: learner.prefault({}),
  replay: replay.prefault({}),
  compare: compare.optional(),
});
