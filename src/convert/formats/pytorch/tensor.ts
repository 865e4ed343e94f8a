import { elementCount, type Tensor, type TensorValues } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { malformed } from "../malformed.js";
import { storedNumbers } from "../stored-numbers.js";
import type { StoredTensor } from "./pickle-value.js";

/** Where the elements of storages are: members of an archive, or a run after the pickle. */
export interface StorageFiles {
  /** File and first byte, for messages; and the bytes there are. Error: no such storage. */
  locate(key: string): { where: string; offset: number; bytes: number };
  /** Part of a storage, in bytes. */
  read(key: string, offset: number, length: number): Uint8Array;
}

/**
 * A tensor whose values are read on demand, in row-major order whatever its strides.
 * Errors: a view that leaves its storage, or claims more elements than it has.
 */
export function lazyTensor(name: string, stored: StoredTensor, storages: StorageFiles): Tensor {
  const { storage, offset, shape, strides } = stored;
  const { where, offset: from, bytes: found } = storages.locate(storage.key);
  const elements = elementCount(shape);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] ?? 0), offset);
  const inside = elements === 0 || (last < storage.elements && elements <= storage.elements);
  if (!inside || !Number.isSafeInteger(last)) {
    throw malformed(
      where,
      from,
      `${name}: [${shape.join(", ")}] with strides [${strides.join(", ")}] from ${offset}`,
      `a view inside its ${storage.elements} elements`,
    );
  }
  const bytesOf = elementBytes[storage.dtype] ?? 1;
  if (found !== storage.elements * bytesOf) {
    throw malformed(
      where,
      from,
      `${found} bytes for ${name}`,
      `${storage.elements} elements of ${storage.dtype}`,
    );
  }
  const { dtype, key } = storage;
  const read = (at: number, length: number): Uint8Array => storages.read(key, offset * bytesOf + at, length);
  if (elements > 0 && isContiguous(shape, strides))
    return { name, shape, dtype, ...storedNumbers(dtype, elements, read) };
  return {
    ...{ name, shape, dtype },
    values(): TensorValues {
      if (elements === 0) return decodeValues(dtype, new Uint8Array(0));
      const spanned = read(0, (last + 1 - offset) * bytesOf);
      return decodeValues(dtype, gather(spanned, stored, elements, bytesOf));
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

/** `bytes` begin with the first element. */
function gather(
  bytes: Uint8Array,
  { shape, strides }: StoredTensor,
  elements: number,
  size: number,
): Uint8Array {
  const out = new Uint8Array(elements * size);
  const index = shape.map(() => 0);
  for (let element = 0; element < elements; element++) {
    const at = index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0);
    out.set(bytes.subarray(at * size, (at + 1) * size), element * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next < (shape[axis] ?? 1) ? next : 0;
      if (next < (shape[axis] ?? 1)) break;
    }
  }
  return out;
}
