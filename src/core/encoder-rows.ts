import type { HashFunction } from "./model-spec.js";

type RowEncoder =
  | { kind: "hash"; buckets: number; function: HashFunction }
  | { kind: "identity"; size: number }
  | { kind: "bucketize"; boundaries: readonly number[]; beyond?: { from: number } | undefined }
  | { kind: "dense" };

/** Rows of the tables that an encoder without a vocabulary picks from. A bucket with a sign has a row for each. */
export function encoderRows(encoder: RowEncoder): number {
  switch (encoder.kind) {
    case "hash":
      return isSigned(encoder) ? 2 * encoder.buckets : encoder.buckets;
    case "identity":
      return encoder.size;
    case "bucketize":
      return encoder.beyond?.from ?? encoder.boundaries.length + 1;
    case "dense":
      return 1;
  }
}

/** The second half of its rows holds what the first does, with the other sign. */
export function isSigned(encoder: { kind: string; function?: HashFunction | undefined }): boolean {
  return encoder.kind === "hash" && encoder.function === "murmur3-signed";
}
