import type { EncoderConfig } from "../../../../config/config.js";
import {
  columnOf,
  type Encoding,
  missingNumber,
  missingText,
  type RawColumn,
  type Stuck,
  stuckAt,
} from "./column.js";
import { numbersOf } from "./evaluate.js";
import { originOf } from "./origin.js";
import type { Place, Places } from "./places.js";
import { standardised } from "./standardised.js";
import type { Tracing } from "./tracing.js";
import { looked } from "./vocabulary-lookup.js";

/**
 * The encoder that a part of the graph amounts to: vocabularies with their out-of-vocabulary buckets, hash buckets,
 * boundaries, whole numbers as rows, z-scores. `rows`: of the table that it picks from, where it does.
 */
export function encodingOf(tracing: Tracing, from: Place | undefined, rows?: number): Encoding | Stuck {
  const { places } = tracing;
  const origin = originOf(places, from);
  if (origin === undefined) return stuckAt(from);
  const { place } = origin;
  switch (place.node.op) {
    case "Select":
    case "SelectV2":
      return chosen(tracing, place, rows);
    case "LookupTableFindV2":
    case "LookupTableFind":
      return looked(tracing, place, undefined);
    case "StringToHashBucketFast":
      return hashed(places, place);
    case "UpperBound":
      return bucketized(places, place, places.input(place, 1), numbersOf(places, places.input(place, 0)));
    case "BucketizeWithInputBoundaries":
      return bucketized(places, place, places.input(place, 0), numbersOf(places, places.input(place, 1)));
    case "Bucketize":
      return bucketized(places, place, places.input(place, 0), place.node.attribute("boundaries").numbers);
    case "Add":
    case "AddV2":
      return shifted(tracing, place, rows);
    default: {
      if (rows === undefined) return standardised(places, from);
      const column = columnOf(places, from);
      return "stuck" in column ? column : { column: column.name, encoder: identity(column, rows) };
    }
  }
}

/** tf.where: a lookup with buckets for what it does not know, a range check, or a z-score that guards against 0. */
function chosen(tracing: Tracing, place: Place, rows: number | undefined): Encoding | Stuck {
  const { places } = tracing;
  const input = (index: number): Place | undefined => originOf(places, places.input(place, index))?.place;
  const [condition, yes, no] = [input(0), input(1), input(2)];
  if (yes === undefined || no === undefined || condition === undefined) return stuckAt(place);
  if (/^LookupTableFind/.test(yes.node.op) && /^Add/.test(no.node.op)) return looked(tracing, yes, no);
  if (yes.node.op === "RealDiv" && no.node.op === "Sub") return standardised(places, yes);
  if (condition.node.op === "LogicalOr")
    return ranged(tracing, condition, places.input(place, 1), places.input(place, 2), rows);
  return stuckAt(place);
}

function hashed(places: Places, place: Place): Encoding | Stuck {
  const column = columnOf(places, places.input(place, 0));
  if ("stuck" in column) return column;
  const buckets = place.node.attribute("num_buckets").integer ?? 0;
  return {
    column: column.name,
    encoder: { kind: "hash", buckets, function: "farmhash64", ...missingText(column) },
  };
}

function bucketized(
  places: Places,
  place: Place,
  value: Place | undefined,
  boundaries: readonly number[] | undefined,
): Encoding | Stuck {
  const column = columnOf(places, value);
  if ("stuck" in column) return column;
  // A fraction that is cut off first has no encoder.
  if (boundaries === undefined || boundaries.length === 0 || column.isTruncated) return stuckAt(place);
  const precision = place.node.attribute("T").type === "float32" ? "float32" : "float64";
  return {
    column: column.name,
    encoder: { kind: "bucketize", boundaries: [...boundaries], precision, ...missingNumber(column) },
  };
}

/** tf.feature_column's bucketized_column adds buckets times the index of the value, which is 0 where there is one. */
function shifted(tracing: Tracing, place: Place, rows: number | undefined): Encoding | Stuck {
  const by = numbersOf(tracing.places, tracing.places.input(place, 1));
  return by?.every((number) => number === 0) === true
    ? encodingOf(tracing, tracing.places.input(place, 0), rows)
    : stuckAt(place);
}

/** categorical_column_with_identity: another row for what is below 0 or at least `num_buckets`. */
function ranged(
  tracing: Tracing,
  condition: Place,
  otherwise: Place | undefined,
  value: Place | undefined,
  rows: number | undefined,
): Encoding | Stuck {
  const { places } = tracing;
  const above = places.input(condition, 1);
  const [size] = (above?.node.op === "GreaterEqual" && numbersOf(places, places.input(above, 1))) || [];
  const [row] = numbersOf(places, otherwise) ?? [];
  if (size === undefined || row === undefined) return stuckAt(condition);
  const inner = encodingOf(tracing, value, rows ?? size);
  if ("stuck" in inner) return inner;
  const { column, encoder } = inner;
  if (encoder.kind === "identity") return { column, encoder: { ...encoder, size, outOfRange: row } };
  const found = rowsOf(tracing, encoder);
  if (found <= size) return inner;
  return encoder.kind === "bucketize"
    ? { column, encoder: { ...encoder, beyond: { from: size, row } } }
    : { stuck: `${size} rows for ${found} values (${condition.node.name})` };
}

/** Values that an encoder can give. */
function rowsOf({ vocabularies }: Tracing, encoder: EncoderConfig): number {
  switch (encoder.kind) {
    case "vocabulary": {
      const ids = vocabularies.get(encoder.file ?? encoder.key ?? "")?.size ?? Number.NaN;
      const { unknown } = encoder;
      return ids + (typeof unknown === "object" && "buckets" in unknown ? unknown.buckets : 0);
    }
    case "hash":
      return encoder.buckets;
    case "identity":
      return encoder.size;
    case "bucketize":
      return encoder.boundaries.length + 1;
    case "dense":
      return Number.NaN;
  }
}

function identity(column: RawColumn, size: number): EncoderConfig {
  return { kind: "identity", size, outOfRange: "reject", ...missingNumber(column) };
}
