import { UnbatchError } from "../../../core/errors.js";
import { crc32 } from "../../crc32.js";

/** Entries begin at multiples of this, by padding in the local header's extra field, as torch.save does. */
const ALIGNMENT = 64;
const LOCAL_HEADER_BYTES = 30;
/** Past this a ZIP file needs its 64-bit form. */
const MAX_BYTES = 2 ** 32 - 1;

/**
 * A ZIP file without compression (APPNOTE.TXT of PKWARE), its entries aligned as caffe2/serialize/inline_container.cc
 * aligns them. Error: 4 GiB or more.
 */
export function storedZip(entries: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const nameBytes = Buffer.from(name);
    const start = offset + LOCAL_HEADER_BYTES + nameBytes.length + 4;
    const extra = padding((ALIGNMENT - (start % ALIGNMENT)) % ALIGNMENT);
    const end = start + extra.length - 4 + bytes.length;
    if (end > MAX_BYTES) throw tooLong(end);
    const common = commonFields(bytes, nameBytes.length);
    directory.push(directoryEntry(common, offset), nameBytes);
    const local = Buffer.concat([signature("PK\x03\x04"), common]);
    local.writeUInt16LE(extra.length, 28);
    files.push(local, nameBytes, extra, bytes);
    offset = end;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  signature("PK\x05\x06").copy(end);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, directoryBytes, end]);
}

/** An extra field "FB" of that many bytes. */
function padding(length: number): Buffer {
  const extra = Buffer.alloc(4 + length, "Z");
  extra.write("FB", "latin1");
  extra.writeUInt16LE(length, 2);
  return extra;
}

/** What a local header and the directory share: version, flags, method 0, no date, CRC, sizes. */
function commonFields(bytes: Uint8Array, nameLength: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}

function directoryEntry(common: Uint8Array, localHeaderOffset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(localHeaderOffset, 10);
  return Buffer.concat([signature("PK\x01\x02"), Uint8Array.of(20, 0), common, rest]);
}

function signature(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function tooLong(bytes: number): UnbatchError {
  return new UnbatchError({
    found: `${bytes} bytes or more`,
    expected: `at most ${MAX_BYTES} in a ZIP file`,
    next: "unbatch export MODEL --to safetensors, which PyTorch reads too",
  });
}
