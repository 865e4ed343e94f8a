import type { Column } from "../../core/column.js";
import type { FeatureSpec } from "../../core/model-spec.js";
import type { Rejections } from "../../core/rejections.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import { categoricalCoder, encodeDistinct } from "./categorical.js";
import { encodeNumbers } from "./numeric.js";

/** Turns the columns of one feature into table rows or values, with work per distinct value. Keeps the new ids met. */
export interface Encoder {
  readonly feature: FeatureSpec;
  /** "rows": codes (see FeatureColumn); "values": numbers for a dense input. */
  readonly kind: "rows" | "values";
  /** Ids met that the vocabulary does not hold, in the order of their codes. */
  readonly newIds: readonly string[];
  /**
   * Encodes `rows` values of a column into `into[at ...]`; a value that cannot be encoded is marked in `rejections`
   * (by row of the block) and encoded as 0.
   */
  encode(
    column: Column,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void;
}

export function createEncoder(feature: FeatureSpec, vocabulary: Vocabulary | undefined): Encoder {
  const spec = feature.encoder;
  if (spec.kind === "dense") {
    return {
      feature,
      kind: "values",
      newIds: [],
      encode: (column, rows, into, at, rejections) => encodeNumbers(spec, column, rows, into, at, rejections),
    };
  }
  const newIds: string[] = [];
  const code = categoricalCoder(spec, vocabulary, newIds);
  return {
    feature,
    kind: "rows",
    newIds,
    encode: (column, rows, into, at, rejections) => encodeDistinct(code, column, rows, into, at, rejections),
  };
}
