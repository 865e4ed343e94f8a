import type { BucketizeSpec } from "../../core/model-spec.js";

/**
 * The bucket of a number: how many boundaries are <= it (`side: right`, as TensorFlow's Bucketize and UpperBound, Keras'
 * Discretization and scikit-learn's KBinsDiscretizer), or < it (`left`, as torch.bucketize and pandas.cut by default).
 * With precision float32 both sides are rounded first. O(log boundaries).
 */
export function bucketizer(spec: BucketizeSpec): (value: number) => number {
  const round = spec.precision === "float32" ? Math.fround : (x: number) => x;
  const boundaries = Float64Array.from(spec.boundaries, round);
  const isLeft = spec.side === "left";
  const { beyond } = spec;
  return (value) => {
    const rounded = round(value);
    let low = 0;
    let high = boundaries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const boundary = boundaries[middle] ?? 0;
      if (isLeft ? boundary < rounded : boundary <= rounded) low = middle + 1;
      else high = middle;
    }
    return beyond !== undefined && low >= beyond.from ? beyond.row : low;
  };
}
