import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import { elementBytes } from "../decode-values.js";
import { malformed } from "../malformed.js";
import { asMap } from "./contents.js";
import type { SavedFile } from "./saved-file.js";
import type { StorageFiles } from "./tensor.js";
import { type Unpickled, unpickle } from "./unpickle.js";

/** torch.save before 1.6 begins with a pickled magic number. */
export const LEGACY_MAGIC: readonly number[] = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46];
/** The pickles stand before the elements; their length is not written anywhere. Those of most models end within these. */
const FIRST_BYTES = 1 << 23;
const MAX_PICKLE_BYTES = 1 << 28;
const PROTOCOL = 1001;

/**
 * The form before 1.6 (torch/serialization.py, _legacy_save): pickles of a magic number, a protocol, the machine, the
 * object and the keys of its storages; then for each key a count (int64) and its elements.
 * Errors: another protocol or byte order, keys that the object does not have, elements outside of the file.
 */
export function openLegacyFile(source: ByteSource): SavedFile {
  const isLong = source.size > FIRST_BYTES;
  const { at, object, keys } =
    (isLong ? pickledWithin(source, FIRST_BYTES) : undefined) ?? readPickles(source, MAX_PICKLE_BYTES);
  return {
    format: "pytorch-legacy",
    value: object.value,
    closed: object.closed,
    storages: storagesFrom(source, at, keys, object),
  };
}

interface Pickles {
  object: Unpickled;
  keys: readonly unknown[];
  /** Where the elements begin. */
  at: number;
}

/** Undefined where the pickles do not end there, or are damaged: more of the file tells which. */
function pickledWithin(source: ByteSource, most: number): Pickles | undefined {
  try {
    return readPickles(source, most);
  } catch (error) {
    if (error instanceof UnbatchError) return undefined;
    throw error;
  }
}

function readPickles(source: ByteSource, most: number): Pickles {
  const bytes = source.read(0, Math.min(source.size, most));
  let at = 0;
  const next = (): Unpickled => {
    const result = unpickle(bytes, source.name, at);
    at += result.length;
    return result;
  };
  next();
  const protocol = next().value;
  if (protocol !== PROTOCOL)
    throw malformed(source.name, at, `protocol ${String(protocol)}`, `protocol ${PROTOCOL}`);
  if (asMap(next().value)?.get("little_endian") === false)
    throw malformed(source.name, at, "a big-endian machine", "little; save it on another machine");
  const object = next();
  const keys = next().value;
  return { object, keys: Array.isArray(keys) ? keys : [], at };
}

function storagesFrom(
  source: ByteSource,
  from: number,
  keys: readonly unknown[],
  { storages }: Unpickled,
): StorageFiles {
  const places = new Map<string, { where: string; offset: number; bytes: number }>();
  let at = from;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || typeof key !== "string" || places.has(key))
      throw malformed(source.name, at, `storage ${String(key)}`, "each storage of the object once");
    const count = source.read(at, 8);
    const elements = Number(new DataView(count.buffer, count.byteOffset, 8).getBigInt64(0, true));
    const size = elements * (elementBytes[storage.dtype] ?? 1);
    if (elements !== storage.elements || at + 8 + size > source.size)
      throw malformed(source.name, at, `${elements} elements`, `${storage.elements}, inside the file`);
    places.set(key, { where: source.name, offset: at + 8, bytes: size });
    at += 8 + size;
  }
  const locate: StorageFiles["locate"] = (key) => {
    const place = places.get(key);
    if (place === undefined) throw malformed(source.name, from, `no storage ${key}`, "a whole file");
    return place;
  };
  return {
    locate,
    read: (key, offset, length) => source.read(locate(key).offset + offset, length),
  };
}
