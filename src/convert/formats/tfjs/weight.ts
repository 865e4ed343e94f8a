import { elementCount, type TensorValues } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { type Json, member } from "../json.js";
import { malformed } from "../malformed.js";
import { unsupported } from "../unsupported.js";

/** One entry of a weightsManifest (tfjs-core, io/types.ts, WeightsManifestEntry). */
export interface StoredWeight {
  name: string;
  shape: number[];
  /** Of the values that come out. */
  dtype: string;
  /** As they stand in the shard. */
  stored: string;
  /** value = stored · scale + min. */
  affine: { scale: number; min: number } | undefined;
  bytes: number;
  note: string | undefined;
}

const MAX_AXES = 32;

/** Errors: a type that is not numbers, a quantisation that is none of uint8, uint16 and float16. */
export function readWeight(entry: Json, file: string): StoredWeight {
  const [name, sizes, dtype] = ["name", "shape", "dtype"].map((key) => member(entry, key));
  const quantised = member(entry, "quantization");
  const isShape =
    Array.isArray(sizes) &&
    sizes.length <= MAX_AXES &&
    sizes.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
  if (typeof name !== "string" || !isShape || typeof dtype !== "string")
    throw malformed(
      file,
      0,
      `the weight ${JSON.stringify(String(name)).slice(0, 80)}`,
      "a name, a shape and a dtype",
    );
  const shape = sizes.map(Number);
  const stored = String(member(quantised, "dtype") ?? dtype);
  const [scale, min] = [member(quantised, "scale"), member(quantised, "min")];
  const isAffine = stored === "uint8" || stored === "uint16";
  const isKnown =
    quantised === undefined
      ? ["float32", "int32", "bool"].includes(dtype)
      : stored === "float16" || (isAffine && Number.isFinite(scale) && Number.isFinite(min));
  const bytes = elementCount(shape) * (elementBytes[stored] ?? Number.NaN);
  if (dtype === "string" || dtype === "complex64")
    throw unsupported(
      file,
      `${name.slice(0, 80)}: a weight of type ${dtype}`,
      "weights that are numbers",
      "take the layers of texts out of the model, and give its vocabulary as a file under features of unbatch.yaml",
    );
  if (!isKnown || !Number.isSafeInteger(bytes))
    throw malformed(
      file,
      0,
      `${name.slice(0, 80)}: ${dtype} stored as ${stored}`,
      "numbers, plain or quantised",
    );
  const affine = quantised !== undefined && isAffine ? { scale: Number(scale), min: Number(min) } : undefined;
  return {
    name,
    shape,
    dtype: dtype === "bool" || dtype === "int32" ? dtype : "float32",
    stored,
    affine,
    bytes,
    note: affine && `${name}: quantised to ${stored} in steps of ${affine.scale}`,
  };
}

export function valuesOf({ stored, dtype, affine }: StoredWeight, bytes: Uint8Array): TensorValues {
  const values = decodeValues(stored, bytes);
  if (affine === undefined) return values;
  const numbers = Float32Array.from(
    { length: values.length },
    (_, at) => Number(values[at]) * affine.scale + affine.min,
  );
  return dtype === "int32" ? Int32Array.from(numbers, Math.round) : numbers;
}
