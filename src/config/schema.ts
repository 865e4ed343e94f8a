import { z } from "zod";
import type { CheckpointConfig, Config } from "./config.js";
import { compare, replay } from "./schema-compare.js";
import { feature } from "./schema-features.js";
import { log } from "./schema-log.js";
import { learner, model } from "./schema-model.js";
import { about, time } from "./schema-values.js";

/** Those that unbatch.yaml may name. */
export const families = [
  "logistic-regression",
  "matrix-factorisation",
  "factorisation-machine",
  "wide-and-deep",
  "gbdt",
  "als",
  "word-features",
  "gmf",
  "ncf",
  "neumf",
  "deepfm",
  "dcn",
  "dlrm",
  "two-tower",
] as const;

const checkpoint: z.ZodType<CheckpointConfig> = z.strictObject({
  path: about("the checkpoint; default: what the command is given", z.string().optional()),
  family: about("what the checkpoint is; default: recognised by its tensors", z.enum(families).optional()),
  tensors: about(
    "tensors by role, where the recogniser is wrong or cannot know",
    z.record(z.string(), z.string()).optional(),
  ),
  output: about("of several outputs or classes, which to go on with, from 0", z.int().min(0).optional()),
  calibration: about(
    "logit = scale x score + shift, where the checkpoint's score is no logit (ALS)",
    z
      .strictObject({
        scale: about("above 0", z.number().positive()),
        shift: about("default 0", z.number().default(0)),
      })
      .optional(),
  ),
  foldIn: about(
    "how an ALS was trained: users of the log before the cut-off that it does not hold get the row that training would have given them",
    z
      .strictObject({
        regularization: about("lambda", z.number().positive()),
        alpha: about("of the confidence", z.number().min(0)),
        confidence: about(
          "of r events with an item: linear, 1 + alpha r (the default), or log, 1 + alpha ln(1 + r)",
          z.enum(["linear", "log"]).default("linear"),
        ),
        regularize: about(
          "lambda as it is (plain; the default), or times a user's items (by-count; Spark)",
          z.enum(["plain", "by-count"]).default("plain"),
        ),
      })
      .optional(),
  ),
  negatives: about(
    "training saw a part of its negatives, without weights for them",
    z
      .strictObject({
        kept: about("the share of negatives that training kept", z.number().positive().lte(1)),
        log: about(
          "of the log: whole (all negatives are in it; the default), weighted (log.weight makes up for those left out), or sampled (as training was: the bias stays)",
          z.enum(["whole", "weighted", "sampled"]).default("whole"),
        ),
      })
      .optional(),
  ),
  training: about(
    "how training cut its events into updates, for slots: rescaled",
    z
      .strictObject({
        batchSize: about("events of a batch", z.int().min(1)),
        reduction: about(
          "what the loss was over the events of a batch: their mean (the default) or sum",
          z.enum(["mean", "sum"]).default("mean"),
        ),
        events: about(
          "events that training learned, epochs counted; default: the saved steps x batchSize",
          z.int().min(1).optional(),
        ),
      })
      .optional(),
  ),
  head: about("of several outputs, the one to go on with: a part of its name", z.string().min(1).optional()),
  batchNormEpsilon: about(
    "what BatchNorm added to a variance; default: as the checkpoint says, else 1e-5 (PyTorch, ONNX) or 1e-3 (Keras, TensorFlow)",
    z.number().min(0).optional(),
  ),
  interaction: about(
    "the order in which a DLRM has what its upper layers read",
    z
      .strictObject({
        vectors: about(
          "features, and `dense` for the vector of the numbers; default: dense, then the features in their order",
          z.array(z.string()).min(1).optional(),
        ),
        pairs: about(
          "lower: (1,0), (2,0), (2,1) ..., the default; upper: (0,1), (0,2) ..., (1,2) ...",
          z.enum(["lower", "upper"]).default("lower"),
        ),
        above: about(
          "what stands side by side below the first upper layer; vectors are the features'; default: dense, products",
          z
            .array(z.enum(["dense", "products", "vectors"]))
            .min(1)
            .default(["dense", "products"]),
        ),
      })
      .optional(),
  ),
  slots: about(
    "optimizer slots: exact (as saved), rescaled (to the size of the learner's gradients) or fresh (as if nothing had been learned); default: what loses least on rows before the cut-off where convert has a log, else exact",
    z.enum(["exact", "rescaled", "fresh"]).optional(),
  ),
  tolerance: about(
    "the largest difference of scores that conversion may show",
    z.number().positive().default(1e-5),
  ),
  golden: about(
    "outputs of the source model to compare with",
    z
      .strictObject({
        file: about("JSON or Parquet: columns of equal length", z.string()),
        columns: about("log column: its name in the file", z.record(z.string(), z.string()).default({})),
        score: about("the column of the score; default logit", z.string().default("logit")),
        scale: about(
          "what the score is: logit (before the link; the default) or probability",
          z.enum(["logit", "probability"]).default("logit"),
        ),
        rows: about(
          "feature: the column of the row numbers (of a dense feature, the numbers) that the source's own encoders gave it",
          z.record(z.string(), z.string()).optional(),
        ),
      })
      .optional(),
  ),
  trained: about(
    "what the checkpoint has learned",
    z
      .strictObject({
        throughShownAt: about("rows shown up to this time", time),
        labelsAsOf: about("with their labels as known at this time", time),
      })
      .optional(),
  ),
});

export const configSchema: z.ZodType<Config> = z.strictObject({
  version: about("of this file's form", z.literal(1)),
  log: about("which column of the log is what", log),
  features: about("columns that the model reads, and how", z.array(feature).default([])),
  checkpoint: about("the batch-trained model to convert", checkpoint.optional()),
  model: about("a model that begins from the log; a converted model brings its own", model.optional()),
  learner: about("how the model learns", learner.prefault({})),
  replay: about("settings of unbatch replay", replay.prefault({})),
  compare: about("settings of unbatch compare", compare.optional()),
  prices: about(
    "what computing costs, in dollars",
    z
      .strictObject({
        cpuHour: about("of one CPU for an hour", z.number().min(0)),
        gigabyteRead: about("of reading 1e9 bytes; default 0", z.number().min(0).default(0)),
      })
      .optional(),
  ),
});
