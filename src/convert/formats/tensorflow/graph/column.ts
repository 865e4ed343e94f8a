import type { EncoderConfig } from "../../../../config/config.js";
import type { Constant } from "./constant.js";
import { type Origin, originOf } from "./origin.js";
import type { Place, Places } from "./places.js";

/** A raw column as the graph takes it in. */
export interface RawColumn {
  name: string;
  /** float32, int64 or string: what it is cast to on the way in. */
  dtype: string;
  missing?: Constant;
  isTruncated: boolean;
}

/** A raw column and what is done to it. */
export interface Encoding {
  column: string;
  encoder: EncoderConfig;
}

/** A trace that ends at something that is not known, in words. */
export interface Stuck {
  stuck: string;
}

export function stuckAt(place: Place | undefined): Stuck {
  return { stuck: place === undefined ? "a reference to nothing" : `${place.node.op} (${place.node.name})` };
}

/** The raw column that a value is, moved about and cast at most. */
export function columnOf(places: Places, from: Place | undefined): RawColumn | Stuck {
  const origin = originOf(places, from);
  if (origin === undefined) return stuckAt(from);
  const { place } = origin;
  switch (place.node.op) {
    case "ParseExampleV2":
      return parsedV2(places, origin);
    case "ParseExample":
      return parsedV1(places, origin);
    case "Placeholder": {
      const name = place.node.name.replace(/^serving_default_/, "");
      return { ...origin, name, dtype: place.node.attribute("dtype").type ?? "" };
    }
    case "AsString": {
      const number = columnOf(places, places.input(place, 0));
      // Whole numbers have one decimal form; those of fractions are TensorFlow's own.
      return "stuck" in number || !/^int/.test(number.dtype) ? stuckAt(place) : number;
    }
    default:
      return stuckAt(place);
  }
}

export function missingText({ missing }: RawColumn): { missing?: string } {
  const value = missing?.dtype === "string" ? missing.texts[0] : missing?.numbers[0];
  return value === undefined ? {} : { missing: String(value) };
}

export function missingNumber({ missing }: RawColumn): { missing?: number } {
  const value = missing?.numbers[0];
  return value === undefined ? {} : { missing: value };
}

/** Outputs: indices, values and shapes of the sparse ones, then the dense ones. */
interface Parsed {
  sparse: readonly string[];
  dense: readonly string[];
  sparseTypes: readonly string[];
  denseTypes: readonly string[];
  /** The input that holds the first dense default. */
  firstDefault: number;
}

function parsedV2(places: Places, origin: Origin): RawColumn | Stuck {
  const { place } = origin;
  const keys = (index: number): readonly string[] => textsOf(places, places.input(place, index));
  const sparse = keys(2);
  return pick(places, origin, {
    sparse,
    dense: keys(3),
    sparseTypes: place.node.attribute("sparse_types").types ?? [],
    denseTypes: place.node.attribute("Tdense").types ?? [],
    firstDefault: 5,
  });
}

function parsedV1(places: Places, origin: Origin): RawColumn | Stuck {
  const { node } = origin.place;
  const count = (name: string): number => Math.min(node.attribute(name).integer ?? 0, node.inputs.length);
  const [sparseCount, denseCount] = [count("Nsparse"), count("Ndense")];
  const keys = (from: number, length: number): string[] =>
    Array.from({ length }, (_, index) => textsOf(places, places.input(origin.place, from + index))[0] ?? "");
  return pick(places, origin, {
    sparse: keys(2, sparseCount),
    dense: keys(2 + sparseCount, denseCount),
    sparseTypes: node.attribute("sparse_types").types ?? [],
    denseTypes: node.attribute("Tdense").types ?? [],
    firstDefault: 2 + sparseCount + denseCount,
  });
}

function pick(places: Places, origin: Origin, parsed: Parsed): RawColumn | Stuck {
  const { place } = origin;
  const { sparse, dense } = parsed;
  // In a function the index is within the output's name; in a graph it counts all outputs.
  const first = { sparse_values: sparse.length, dense_values: 3 * sparse.length }[place.output] ?? 0;
  const value = first + place.index - sparse.length;
  const sparseName = value >= 0 ? sparse[value] : undefined;
  if (sparseName !== undefined)
    return { ...origin, name: sparseName, dtype: parsed.sparseTypes[value] ?? "" };
  const at = first + place.index - 3 * sparse.length;
  const name = dense[at];
  if (name === undefined) return stuckAt(place);
  const fallback = places.input(place, parsed.firstDefault + at);
  const constant = fallback?.node.op === "Const" ? fallback.node.attribute("value").constant : undefined;
  // An empty default: the example must have the feature.
  const isGiven = constant !== undefined && constant.numbers.length + constant.texts.length > 0;
  return { ...origin, ...(isGiven ? { missing: constant } : {}), name, dtype: parsed.denseTypes[at] ?? "" };
}

function textsOf(places: Places, from: Place | undefined): readonly string[] {
  const place = originOf(places, from)?.place;
  return (place?.node.op === "Const" ? place.node.attribute("value").constant?.texts : undefined) ?? [];
}
