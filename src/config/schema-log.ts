import { z } from "zod";
import type { LogConfig } from "./config.js";
import { about, duration, name, precision } from "./schema-values.js";

const rule = about(
  "the label: arithmetic, comparisons and and/or/not over columns, such as rating >= 8",
  z.string(),
);

const label = z.union([
  rule.transform((text) => ({ rule: text })),
  z.strictObject({
    rule,
    precision: about("round every operand and result to this; default float64", precision.optional()),
    missing: about(
      "the label of a row whose rule meets a null or NaN: 0, 1, or reject (the default: the row is set aside)",
      z.union([z.literal(0), z.literal(1), z.literal("reject")]).optional(),
    ),
  }),
]);

const known = z.union([
  z.strictObject({
    after: about(
      "the delay from an event to its label: one for all, or one per label class",
      z.union([duration, z.strictObject({ positive: duration, negative: duration })]),
    ),
  }),
  z.strictObject({
    column: about("the column of the time at which the label was known; null: not known yet", name),
  }),
]);

const timeColumn = z.union([
  name.transform((column) => ({ column })),
  z.strictObject({
    column: about("the column of the time at which the prediction was needed", name),
    unit: about(
      "the unit of a column of numbers; default: found from their magnitude and stated",
      z.enum(["s", "ms", "us", "ns"]).optional(),
    ),
  }),
]);

export const log: z.ZodType<LogConfig> = z.strictObject({
  time: about("the column of the time at which an event's prediction was needed", timeColumn),
  label: about("the rule that makes the label", label.optional()),
  known: about("when a label could be used; default: at the event's own time", known.optional()),
  user: about("the column of the user's id", name.optional()),
  item: about("the column of the item's id", name.optional()),
  group: about("the column of the slate or request that rows were shown in", name.optional()),
  weight: about("the column of each row's weight in learning and in metrics", name.optional()),
  propensity: about("the column of the probability with which the item was shown", name.optional()),
  position: about("the column of the position at which the item was shown", name.optional()),
  eventId: about(
    "the column that breaks ties of time, whatever the order of files and rows",
    name.optional(),
  ),
  maxRejected: about(
    "the share of rows that may be set aside before the run fails",
    z.number().min(0).max(1).default(0.01),
  ),
});
