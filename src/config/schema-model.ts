import { z } from "zod";
import type { Config, LearnerConfig, NegativesConfig, PolicyLearnerConfig } from "./config.js";
import { optimizer } from "./schema-optimizers.js";
import { term } from "./schema-terms.js";
import { about, name, precision } from "./schema-values.js";

export const model: z.ZodType<NonNullable<Config["model"]>> = z.strictObject({
  link: about(
    "logistic (a label of 0 or 1; the default), squared (any number), or for learner.negatives bpr or sampled-softmax (a ranking)",
    z.enum(["logistic", "squared", "bpr", "sampled-softmax"]).default("logistic"),
  ),
  terms: about("the score is their sum", z.array(term).min(1)),
});

const common = about("the optimizer of every term that has none of its own", optimizer.optional());
const batchSize = about("rows whose gradients are averaged into one update", z.int().min(1).max(65536));

const negatives: z.ZodType<NegativesConfig> = z.strictObject({
  perPositive: about("negatives that are drawn for each event", z.int().min(1).max(1000)),
  sampling: about(
    "uniform (each item that is known by then alike; the default) or popularity (by its events so far, to the power of 0.75)",
    z.enum(["uniform", "popularity"]).default("uniform"),
  ),
  itemFeatures: about(
    "features that are the item's own; default: those of log.item's column",
    z.array(name).min(1).optional(),
  ),
});

export const learner: z.ZodType<LearnerConfig> = z.strictObject({
  optimizer: common,
  terms: about("optimizers by the name of the term", z.record(z.string(), optimizer).default({})),
  batchSize: batchSize.default(1),
  precision: about(
    "of weights and slots, in memory and on disk; default float64",
    precision.default("float64"),
  ),
  seed: about("of every random number; default 1", z.int().min(0).default(1)),
  negatives: about("for a log of positives alone", negatives.optional()),
});

/** What a policy may set for itself. */
export const policyLearner: z.ZodType<PolicyLearnerConfig> = z.strictObject({
  optimizer: common,
  terms: about("optimizers by the name of the term", z.record(z.string(), optimizer).optional()),
  batchSize: batchSize.optional(),
});
