import { type PickleValue, pickle, TensorReference } from "./pickle-writer.js";
import { storedZip } from "./stored-zip.js";

/** Puts values away and gives what stands for them in the pickle. */
export type StoreTensor = (values: Float32Array | Float64Array, shape: readonly number[]) => TensorReference;

/** A file as torch.save writes it since 1.6: a pickle, and each tensor's storage beside it, little-endian. */
export function torchFile(write: (store: StoreTensor) => PickleValue): Uint8Array {
  const storages: Uint8Array[] = [];
  const root = write((values, shape) => {
    storages.push(littleEndian(values));
    const storage = values instanceof Float64Array ? "DoubleStorage" : "FloatStorage";
    return new TensorReference(String(storages.length - 1), storage, shape);
  });
  return storedZip([
    ["checkpoint/data.pkl", pickle(root)],
    ["checkpoint/byteorder", Buffer.from("little")],
    ...storages.map((bytes, key) => [`checkpoint/data/${key}`, bytes] as const),
    ["checkpoint/version", Buffer.from("3\n")],
  ]);
}

/** Every platform of Node is little-endian. */
function littleEndian({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
