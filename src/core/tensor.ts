export type TensorValues = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A named array, row-major. `values()` decodes on demand, so that listing a checkpoint stays cheap. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As the source calls it: float32, float64, float16, bfloat16, int32, int64, uint8, bool, string. */
  readonly dtype: string;
  values(): TensorValues;
  /** Opens the same for reading in parts, where all of them need not be held together for it: see partsOf. */
  parts?(): ReadPart;
}

/** Elements [from, to) of a tensor; they hold until the next are asked for. */
export type ReadPart = (from: number, to: number) => TensorValues;

/** Opens a tensor for reading in parts; one that is only to be had whole is held for as long as this is. */
export function partsOf(tensor: Tensor): ReadPart {
  if (tensor.parts !== undefined) return tensor.parts();
  const values = tensor.values();
  return (from, to) => values.subarray(from, to);
}

/** Elements of a tensor one by one; near ones are read together. A place outside of it is NaN. */
export function elementsOf(tensor: Tensor, near: number = 2 ** 12): (at: number) => number {
  const count = elementCount(tensor.shape);
  const read = partsOf(tensor);
  let [first, end] = [0, 0];
  let values = read(0, 0);
  return (at) => {
    if (at >= first && at < end) return Number(values[at - first]);
    if (!(at >= 0 && at < count)) return Number.NaN;
    first = at - (at % near);
    end = Math.min(count, first + near);
    values = read(first, end);
    return Number(values[at - first]);
  };
}

/** Elements that are read at once, where a row is no longer. */
const STRETCH = 2 ** 19;

/** All of a tensor, or its first `count` elements, in stretches of whole rows of `width` elements. */
export function* stretchesOf(
  tensor: Tensor,
  width: number,
  count: number = elementCount(tensor.shape),
): Generator<{ from: number; values: TensorValues }> {
  const read = partsOf(tensor);
  const step = width * Math.max(1, Math.floor(STRETCH / width));
  for (let from = 0; from < count; from += step)
    yield { from, values: read(from, Math.min(count, from + step)) };
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
