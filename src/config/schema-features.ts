import { z } from "zod";
import type { BagCombine } from "../core/model-spec.js";
import type { BagConfig, EncoderConfig, FeatureConfig, UnknownConfig } from "./config.js";
import { about, hashFunction, name, precision } from "./schema-values.js";

const hash = about(
  "the source framework's: farmhash64 (TensorFlow, Keras; the default), siphash64 (Keras with a salt, TensorFlow's strong hash), murmur3-signed (scikit-learn's FeatureHasher), vowpal-wabbit",
  hashFunction.default("farmhash64"),
);
const missingText = about(
  "the text that stands for a null; default: the row is set aside",
  z.string().optional(),
);
const missingNumber = about(
  "the number that stands for a null or NaN; default: the row is set aside",
  z.number().optional(),
);

const unknown: z.ZodType<UnknownConfig> = z.union([
  z.enum(["grow", "reject"]),
  z.strictObject({
    growFrom: about("as grow, and scored with this row until learned", z.int().min(0)),
  }),
  z.strictObject({ row: about("every unknown id has this row", z.int().min(0)) }),
  z.strictObject({
    buckets: about("unknown ids share so many rows after the vocabulary", z.int().min(1)),
    function: about(
      "as TensorFlow hashes what is out of vocabulary",
      z.literal("farmhash64").default("farmhash64"),
    ),
  }),
]);

const encoder: z.ZodType<EncoderConfig> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: about("ids with a row each", z.literal("vocabulary")),
    file: about(
      "the file of the ids: in --assets, beside the checkpoint, or beside unbatch.yaml",
      z.string().optional(),
    ),
    key: about("the map inside the checkpoint that holds the ids", z.string().optional()),
    unknown: about(
      "what becomes of an id that is not in the vocabulary; default grow",
      unknown.default("grow"),
    ),
    missing: missingText,
  }),
  z.strictObject({
    kind: about("the hash of the value modulo the buckets", z.literal("hash")),
    buckets: about("rows of the table", z.int().min(1)),
    function: hash,
    prefix: about(
      "stands before the value, such as user= for a FeatureHasher over dictionaries",
      z.string().optional(),
    ),
    key: about(
      "of siphash64: the two halves of the key; Keras' salt twice where it is one number",
      z.tuple([z.int().min(0), z.int().min(0)]).optional(),
    ),
    namespace: about("of vowpal-wabbit: the namespace that the value stands in", z.string().optional()),
    maskValue: about("Keras' mask_value: this value has row 0, the others the rest", z.string().optional()),
    missing: missingText,
  }),
  z.strictObject({
    kind: about("the value is the row", z.literal("identity")),
    size: about("rows of the table: values 0 to size - 1", z.int().min(1)),
    outOfRange: about(
      "the row of other values, or reject (the default)",
      z.union([z.int().min(0), z.literal("reject")]).default("reject"),
    ),
    missing: missingNumber,
  }),
  z.strictObject({
    kind: about("the number of boundaries at or below the value", z.literal("bucketize")),
    boundaries: about("ascending", z.array(z.number()).min(1)),
    side: about(
      "right: boundaries at or below the value, as TensorFlow, Keras and scikit-learn count (the default); left: below it, as torch.bucketize and pandas.cut",
      z.enum(["left", "right"]).optional(),
    ),
    precision: about("precision in which values are compared; default float64", precision.default("float64")),
    beyond: about(
      "buckets from `from` on have row `row`: where the table has fewer rows than there are buckets",
      z
        .strictObject({
          from: about("the first bucket without a row of its own", z.int().min(1)),
          row: about("the row that those have", z.int().min(0)),
        })
        .optional(),
    ),
    missing: missingNumber,
  }),
  z.strictObject({
    kind: about("a number: (transform(value) - mean) / scale", z.literal("dense")),
    mean: about("subtracted; default 0", z.number().default(0)),
    scale: about("divided by; 0 only subtracts; default 1", z.number().min(0).optional()),
    variance: about("in place of scale: its square", z.number().min(0).optional()),
    transform: about(
      "before the mean: none (the default) or log1p",
      z.enum(["none", "log1p"]).default("none"),
    ),
    truncate: about("cut off the fraction first, as a cast to an integer does", z.boolean().default(false)),
    precision: about("precision of each step; default float64", precision.default("float64")),
    missing: about(
      "the number that stands for a null or NaN, or keep (it stays missing: for trees, which say where it goes); default: the row is set aside",
      z.union([z.number(), z.literal("keep")]).optional(),
    ),
  }),
]);

const combine: z.ZodType<BagCombine> = about(
  "how the rows of several values become one: their sum, their mean (divided by the sum of the weights), or sqrtn (by the root of the sum of their squares)",
  z.enum(["sum", "mean", "sqrtn"]),
);

const bag: z.ZodType<BagConfig> = z.union([
  combine.transform((one) => ({ combine: one })),
  z.strictObject({
    combine,
    weights: about(
      "the column of the values' weights: lists of as many numbers; default 1 each",
      name.optional(),
    ),
    split: about(
      "for a column of texts: what stands between its values, such as |; default: the column is of lists",
      z.string().min(1).optional(),
    ),
  }),
]);

export const feature: z.ZodType<FeatureConfig> = z.strictObject({
  name: about("the name that terms use", name),
  column: about("the column of the log; default: the name", name.optional()),
  encoder: about("how a value becomes a row of a table, or a number", encoder),
  bag: about("for any number of values a row: sum, mean or sqrtn, or more about it", bag.optional()),
});
