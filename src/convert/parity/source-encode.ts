import type { FeatureConfig } from "../../config/config.js";
import { farmhashFingerprint64 } from "../../model/encoders/farmhash.js";
import { hashRow } from "../../model/encoders/hash-bucket.js";
import type { VocabularyRows } from "../bound.js";

/** `unknown`: an id that no source row is meant for. Undefined: the row cannot be scored. */
export type SourceValue =
  | { row: number; sign?: -1 }
  | { value: number }
  | { bag: readonly { of: SourceValue; factor: number }[] }
  | "unknown"
  | undefined;

/** The id -> row map of a feature, with what its rows leave free. */
export interface SourceIds {
  rowOf: VocabularyRows;
  /** The first row after every id's. */
  end: number;
  /** No id has row 0: it is the padding row. */
  isZeroFree: boolean;
}

export function sourceIds(rowOf: VocabularyRows): SourceIds {
  let end = 0;
  let isZeroFree = true;
  for (const row of rowOf.values()) {
    end = Math.max(end, row + 1);
    if (row === 0) isZeroFree = false;
  }
  return { rowOf, end, isZeroFree };
}

/**
 * One logged value as the source model's own preprocessing would see it, from unbatch.yaml and the id -> row map
 * alone: on purpose not the encoders of src/model (the hash function is shared).
 */
export function sourceEncode(
  { encoder }: FeatureConfig,
  logged: string | number | undefined,
  ids: SourceIds,
): SourceValue {
  const isText = encoder.kind === "vocabulary" || encoder.kind === "hash";
  const isBlank =
    !isText && typeof logged === "string" && (logged.trim() === "" || Number.isNaN(Number(logged)));
  const value = (isBlank ? undefined : logged) ?? encoder.missing;
  if (value === undefined) return undefined;
  if (value === "keep" && encoder.kind === "dense")
    return isBlank && !isMissing(logged) ? undefined : { value: Number.NaN };
  switch (encoder.kind) {
    case "vocabulary":
      return vocabularyValue(encoder.unknown, String(value), ids);
    case "hash":
      return hashed(encoder, String(value));
    case "identity": {
      const index = Number(value);
      if (Number.isInteger(index) && index >= 0 && index < encoder.size) return { row: index };
      return encoder.outOfRange === "reject" ? undefined : { row: encoder.outOfRange };
    }
    case "bucketize": {
      const round = encoder.precision === "float32" ? Math.fround : Number;
      const rounded = round(Number(value));
      const isBelow = (boundary: number): boolean =>
        encoder.side === "left" ? round(boundary) < rounded : round(boundary) <= rounded;
      const bucket = encoder.boundaries.filter(isBelow).length;
      return {
        row: encoder.beyond !== undefined && bucket >= encoder.beyond.from ? encoder.beyond.row : bucket,
      };
    }
    case "dense": {
      const round = encoder.precision === "float32" ? Math.fround : Number;
      let x = Number(value);
      if (encoder.truncate) x = Math.trunc(x);
      x = encoder.transform === "log1p" ? round(Math.log1p(round(x))) : round(x);
      const scale = round(encoder.scale ?? Math.sqrt(encoder.variance ?? 1));
      const centred = round(x - round(encoder.mean));
      const standardised = scale === 0 ? centred : round(centred / scale);
      return Number.isFinite(standardised) ? { value: standardised } : undefined;
    }
  }
}

function isMissing(logged: string | number | undefined): boolean {
  return /^\s*(nan)?\s*$/i.test(String(logged ?? ""));
}

function vocabularyValue(
  unknown: Extract<FeatureConfig["encoder"], { kind: "vocabulary" }>["unknown"],
  id: string,
  ids: SourceIds,
): SourceValue {
  const row = ids.rowOf.get(id);
  if (row !== undefined) return { row };
  if (unknown === "reject") return undefined;
  if (unknown === "grow") return ids.isZeroFree ? { row: 0 } : "unknown";
  if ("row" in unknown) return { row: unknown.row };
  if ("growFrom" in unknown) return { row: unknown.growFrom };
  return { row: ids.end + hashMod(id, unknown.buckets) };
}

/** A bucket with a sign is one row of the source. */
function hashed(encoder: Extract<FeatureConfig["encoder"], { kind: "hash" }>, text: string): SourceValue {
  const bytes = new TextEncoder().encode(text);
  const row = hashRow(encoder)(bytes, 0, bytes.length);
  return row < encoder.buckets ? { row } : { row: row - encoder.buckets, sign: -1 };
}

function hashMod(text: string, buckets: number): number {
  return Number(farmhashFingerprint64(new TextEncoder().encode(text)) % BigInt(buckets));
}
