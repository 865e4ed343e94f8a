import { z } from "zod";
import { DAY_MICROS } from "../core/time.js";
import type { CompareConfig, PolicyConfig, ReplayConfig, TunedConfig, TunedSettings } from "./config.js";
import { policyLearner } from "./schema-model.js";
import { about, duration, name, positiveDuration, time } from "./schema-values.js";

const publishEvery = about(
  "predict with a copy that is made this often; default: with the learner itself",
  positiveDuration.optional(),
);
const updateEvery = about(
  "learn what became known this often; default: at once",
  positiveDuration.optional(),
);

export const replay: z.ZodType<ReplayConfig> = z.strictObject({
  window: about("length of a window of metrics; default 1d", positiveDuration.default(DAY_MICROS)),
  publishEvery,
  updateEvery,
  checkpointEvery: about(
    "write the model each time that so many rows are learned; default: at the end alone",
    z.int().min(1).optional(),
  ),
});

const named = { name: about("the policy's name in tables and JSON", name) };
const shared = {
  ...named,
  learner: about("settings of this policy alone; the rest is the common learner's", policyLearner.optional()),
};
const retrain = {
  ...shared,
  every: about("how often it trains", positiveDuration),
  epochs: about("passes over the rows; default 1", z.int().min(1).max(1000).default(1)),
  publishAfter: about(
    "how long after training begins the model starts to serve; default 0s",
    duration.default(0),
  ),
};

const policy: z.ZodType<PolicyConfig> = z.discriminatedUnion("kind", [
  z.strictObject({ ...named, kind: about("the checkpoint, never trained", z.literal("frozen")) }),
  z.strictObject({
    ...named,
    kind: about("running smoothed means of the label: what any model must beat", z.literal("floor")),
    of: about("the mean of all rows, of each item's or of each user's", z.enum(["global", "item", "user"])),
    prior: about(
      "[a, b]: the mean is (positives + a) / (rows + b); default [1, 2]",
      z.tuple([z.number().min(0), z.number().positive()]).default([1, 2]),
    ),
  }),
  z.strictObject({
    ...retrain,
    kind: about("trained from scratch each time", z.literal("stateless")),
    cut: about(
      "the window is cut on when labels were known (the default) or rows were shown",
      z.enum(["known", "shown"]).default("known"),
    ),
    window: about("how far back it learns, or all", z.union([z.literal("all"), positiveDuration])),
  }),
  z.strictObject({
    ...retrain,
    kind: about("trained from the last model on what is new", z.literal("warm")),
  }),
  z.strictObject({
    ...shared,
    kind: about("learns each label as it becomes known", z.literal("online")),
    from: about(
      "checkpoint (the default) or scratch",
      z.enum(["checkpoint", "scratch"]).default("checkpoint"),
    ),
    publishEvery,
    updateEvery,
  }),
]);

const tunedSettings: z.ZodType<TunedSettings> = z.strictObject({
  settings: about("fingerprint of the settings that were chosen", z.string()),
  loss: about("mean normalized loss of the scored rows under them", z.number()),
  rowsLearned: about("by all candidates together", z.int().min(0)),
});

const tuned: z.ZodType<TunedConfig> = z.strictObject({
  from: about("the rows that were scored were shown from here on", time),
  to: about("nothing shown or known at or after this was looked at", time),
  rows: about("that were scored", z.int().min(1)),
  candidates: about("settings tried for each", z.int().min(1)),
  checkpoint: about("what trains the checkpoint on the log's first days", tunedSettings.optional()),
  policies: about("by the policy's name", z.record(z.string(), tunedSettings)),
});

export const compare: z.ZodType<CompareConfig> = z.strictObject({
  pretrain: about(
    "train the checkpoint on the log's first days, from 00:00 UTC of the first event's day",
    positiveDuration.optional(),
  ),
  start: about(
    "the first test slice of a converted checkpoint; default: the first slice at or after its cut-off",
    time.optional(),
  ),
  slice: about("length of a test slice; default 1d", positiveDuration.default(DAY_MICROS)),
  convergence: about(
    "what counts as caught up: within epsilon of normalized entropy for so many slices in a row",
    z
      .strictObject({
        epsilon: about("default 0.001", z.number().min(0).default(0.001)),
        slices: about("default 7", z.int().min(1).default(7)),
      })
      .default({ epsilon: 0.001, slices: 7 }),
  ),
  baseline: about(
    "the policy that the others are measured against; default: the first online one",
    name.optional(),
  ),
  policies: about("what is compared", z.array(policy).min(1)),
  tuned: about("written by unbatch tune: where settings are from", tuned.optional()),
});
