import type { ReadPart, Tensor } from "../../core/tensor.js";
import { decodeValues, elementBytes } from "./decode-values.js";

/**
 * How `count` elements of a type of `elementBytes`, row-major and one behind the other, are read where they lie: all of
 * them, or a part. Error: RangeError where a part is not one of them.
 * @param read bytes [from, from + length) of them, in an array of their own.
 */
export function storedNumbers(
  dtype: string,
  count: number,
  read: (from: number, length: number) => Uint8Array,
): Pick<Tensor, "values" | "parts"> {
  const size = elementBytes[dtype] ?? 1;
  const part: ReadPart = (from, to) => {
    if (!(from >= 0 && from <= to && to <= count))
      throw new RangeError(`${from} to ${to} of ${count} numbers`);
    return decodeValues(dtype, read(from * size, (to - from) * size));
  };
  return { values: () => part(0, count), parts: () => part };
}
