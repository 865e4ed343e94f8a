import { elementCount, type Tensor, type TensorValues } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { malformed } from "../malformed.js";
import type { StoredTensor } from "./pickle-value.js";
import type { ZipArchive } from "./zip.js";

/**
 * A tensor whose values are read on demand, in row-major order whatever its strides.
 * Errors: a view that leaves its storage, or claims more elements than it has.
 */
export function lazyTensor(
  name: string,
  stored: StoredTensor,
  archive: ZipArchive,
  root: string,
  file: string,
): Tensor {
  const { storage, offset, shape, strides } = stored;
  const elements = elementCount(shape);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] ?? 0), offset);
  const inside = elements === 0 || (last < storage.elements && elements <= storage.elements);
  if (!inside || !Number.isSafeInteger(last)) {
    throw malformed(
      file,
      0,
      `${name}: [${shape.join(", ")}] with strides [${strides.join(", ")}] from ${offset}`,
      `a view inside its ${storage.elements} elements`,
    );
  }
  const member = `${root}data/${storage.key}`;
  const bytesOf = elementBytes[storage.dtype] ?? 1;
  const found = archive.size(member);
  if (found !== storage.elements * bytesOf) {
    throw malformed(
      file,
      0,
      `${member} of ${found} bytes`,
      `${storage.elements} elements of ${storage.dtype}`,
    );
  }
  return {
    name,
    shape,
    dtype: storage.dtype,
    values(): TensorValues {
      const bytes = archive.read(member);
      if (isContiguous(shape, strides)) {
        return decodeValues(storage.dtype, bytes.subarray(offset * bytesOf, (offset + elements) * bytesOf));
      }
      return decodeValues(storage.dtype, gather(bytes, stored, elements, bytesOf));
    },
  };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

function gather(
  bytes: Uint8Array,
  { offset, shape, strides }: StoredTensor,
  elements: number,
  size: number,
): Uint8Array {
  const out = new Uint8Array(elements * size);
  const index = shape.map(() => 0);
  for (let element = 0; element < elements; element++) {
    const at = index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), offset);
    out.set(bytes.subarray(at * size, (at + 1) * size), element * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next < (shape[axis] ?? 1) ? next : 0;
      if (next < (shape[axis] ?? 1)) break;
    }
  }
  return out;
}
