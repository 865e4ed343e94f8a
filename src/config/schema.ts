import { z } from "zod";
import type { CheckpointConfig, Config } from "./config.js";
import { compare, replay } from "./schema-compare.js";
import { feature } from "./schema-features.js";
import { log } from "./schema-log.js";
import { learner, model } from "./schema-model.js";
import { about, time } from "./schema-values.js";

const checkpoint: z.ZodType<CheckpointConfig> = z.strictObject({
  path: about("the checkpoint; default: what the command is given", z.string().optional()),
  family: about(
    "what the checkpoint is; default: recognised by its tensors",
    z
      .enum([
        "logistic-regression",
        "matrix-factorisation",
        "factorisation-machine",
        "wide-and-deep",
        "gmf",
        "ncf",
        "neumf",
        "deepfm",
        "dcn",
        "dlrm",
        "two-tower",
      ])
      .optional(),
  ),
  tensors: about(
    "tensors by role, where the recogniser is wrong or cannot know",
    z.record(z.string(), z.string()).optional(),
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
    "optimizer slots: exact (as saved; the default) or fresh (as if nothing had been learned)",
    z.enum(["exact", "fresh"]).default("exact"),
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
