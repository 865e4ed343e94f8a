import type { Column, ListColumn } from "../../core/column.js";
import type { FeatureSpec } from "../../core/model-spec.js";
import type { Rejections } from "../../core/rejections.js";
import type { PackedTexts } from "../../core/text-list.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import type { ReadKernels } from "../../core/wasm.js";
import type { Bags } from "../bags.js";
import { encodeBags } from "./bag.js";
import { categoricalCoder } from "./categorical.js";
import { ColumnEncoder } from "./column-encoder.js";
import { encodeNumbers } from "./numeric.js";

/** Turns the columns of one feature into what a batch holds, with work per distinct value. Keeps the new ids met. */
export type Encoder = ValueEncoder | BagEncoder;

/** Ids that a vocabulary does not hold, in the order in which they were met. */
export interface NewIds {
  readonly length: number;
  /** Those from number `from` on. */
  packed(from: number): PackedTexts;
  strings(): string[];
}

const NO_IDS: NewIds = {
  length: 0,
  packed: () => ({ bytes: new Uint8Array(0), ends: new Uint32Array(0) }),
  strings: () => [],
};

/** Of one value a row. */
export interface ValueEncoder {
  readonly feature: FeatureSpec;
  /** "rows": codes (see FeatureColumn); "values": numbers for a dense input. */
  readonly kind: "rows" | "values";
  /** Ids met that the vocabulary does not hold, in the order of their codes. */
  readonly newIds: NewIds;
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

/** Of any number of values a row, or of values with weights. */
export interface BagEncoder {
  readonly feature: FeatureSpec;
  readonly kind: "bags";
  readonly newIds: NewIds;
  /** Marks rows that cannot be encoded in `rejections`. Error: see splitTexts. */
  encode(
    values: Column | ListColumn,
    weights: Column | ListColumn | undefined,
    rows: number,
    rejections: Rejections,
  ): Bags;
}

/** @param kernels with which the same is faster. */
export function createEncoder(
  feature: FeatureSpec,
  vocabulary: Vocabulary | undefined,
  kernels?: ReadKernels,
): Encoder {
  const spec = feature.encoder;
  if (spec.kind === "dense") {
    return {
      feature,
      kind: "values",
      newIds: NO_IDS,
      encode: (column, rows, into, at, rejections) => encodeNumbers(spec, column, rows, into, at, rejections),
    };
  }
  const coder = categoricalCoder(spec, vocabulary, kernels);
  const { newIds = NO_IDS } = coder;
  const encoder = new ColumnEncoder(coder);
  const { bag } = feature;
  if (bag !== undefined) {
    return {
      feature,
      kind: "bags",
      newIds,
      encode: (values, weights, rows, rejections) =>
        encodeBags(encoder, bag, values, weights, rows, rejections),
    };
  }
  return {
    feature,
    kind: "rows",
    newIds,
    encode: (column, rows, into, at, rejections) => encoder.encode(column, rows, into, at, rejections),
  };
}
