export type TensorValues = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A named array, row-major. `values()` decodes on demand, so that listing a checkpoint stays cheap. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As the source calls it: float32, float64, float16, bfloat16, int32, int64, uint8, bool, string. */
  readonly dtype: string;
  values(): TensorValues;
  /** The same in stretches, each of which holds until the next is asked for; where all of them are not held together. */
  stretches?(): Iterable<TensorValues>;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
