import { z } from "zod";
import type { HashFunction, Precision } from "../core/model-spec.js";
import { parseDurationMicros, parseTimeMicros } from "../core/time.js";

/** What a text of a form of its own is called where another value was found. */
const forms: z.core.$ZodRegistry<{ words: string }> = z.registry<{ words: string }>();

export function formOf(schema: z.core.$ZodType): string | undefined {
  return forms.get(schema)?.words;
}

/** A key's schema with the sentence that an editor shows. */
export function about<T extends z.ZodType>(description: string, schema: T): T {
  return schema.meta({ description });
}

const durationWords = "a duration such as 90s, 15m, 4h, 28d or 1w";

/** Microseconds. */
export const duration: z.ZodType<number> = z
  .string()
  .register(forms, { words: durationWords })
  .meta({ description: durationWords })
  .refine((text) => parseDurationMicros(text) !== undefined, durationWords)
  .transform((text) => parseDurationMicros(text) ?? 0);

export const positiveDuration: z.ZodType<number> = duration.refine(
  (micros) => micros > 0,
  "a duration above 0",
);

const timeWords = "a time such as 2024-05-01 or 2024-05-01T06:00:00Z";

/** Microseconds since the epoch. */
export const time: z.ZodType<number> = z
  .string()
  .register(forms, { words: timeWords })
  .meta({ description: `${timeWords} (UTC where no zone is given)` })
  .refine((text) => parseTimeMicros(text) !== undefined, timeWords)
  .transform((text) => parseTimeMicros(text) ?? 0);

/** The name of a column, a feature or a term. */
export const name: z.ZodType<string> = z.string().min(1);
export const precision: z.ZodType<Precision> = z.enum(["float32", "float64"]);
export const hashFunction: z.ZodType<HashFunction> = z.enum([
  "farmhash64",
  "siphash64",
  "murmur3-signed",
  "vowpal-wabbit",
]);
