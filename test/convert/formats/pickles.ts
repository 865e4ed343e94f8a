/** Pickles and the ZIP archives around them, byte by byte: what torch.save writes, and what it never would. */
import { crc32, deflateRawSync } from "node:zlib";

export type Pickle = Buffer;
const join = (...parts: (Buffer | number[])[]): Pickle =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

export function text(value: string): Pickle {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return join([0x58], length, bytes);
}

export function integer(value: number): Pickle {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return join([0x4a], bytes);
}

export function float(value: number): Pickle {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return join([0x47], bytes);
}

export const global = (module: string, name: string): Pickle =>
  join([0x63], Buffer.from(`${module}\n${name}\n`));
export const tuple = (...items: Pickle[]): Pickle => join([0x28], ...items, [0x74]);
export const list = (...items: Pickle[]): Pickle => join([0x5d, 0x28], ...items, [0x65]);
export const dictionary = (...pairs: [Pickle, Pickle][]): Pickle =>
  join([0x7d, 0x28], ...pairs.flat(), [0x75]);
export const reduced = (callable: Pickle, args: Pickle): Pickle => join(callable, args, [0x52]);
export const built = (object: Pickle, state: Pickle): Pickle => join(object, state, [0x62]);
/** Stores the value under a number; `recalled` pushes it again, which is how a value comes to hold itself. */
export const remembered = (index: number, value: Pickle): Pickle => join(value, [0x71, index]);
export const recalled = (index: number): Pickle => join([0x68, index]);
/** Sets one item of the dictionary below. */
export const setItem = (key: Pickle, value: Pickle): Pickle => join(key, value, [0x73]);
export const inOrder = (...parts: Pickle[]): Pickle => join(...parts);
export const pickle = (value: Pickle): Pickle => join([0x80, 2], value, [0x2e]);

export interface View {
  key?: string;
  type?: string;
  elements: number;
  offset?: number;
  shape: number[];
  strides: number[];
}

/** What torch's own pickler writes for a tensor. */
export function tensor({
  key = "0",
  type = "FloatStorage",
  elements,
  offset = 0,
  shape,
  strides,
}: View): Pickle {
  const id = tuple(text("storage"), global("torch", type), text(key), text("cpu"), integer(elements));
  const numbers = (values: number[]): Pickle => tuple(...values.map(integer));
  return reduced(
    global("torch._utils", "_rebuild_tensor_v2"),
    tuple(join(id, [0x51]), integer(offset), numbers(shape), numbers(strides), join([0x89]), dictionary()),
  );
}

export interface Member {
  name: string;
  bytes: Uint8Array;
  method?: "stored" | "deflated";
  /** What the directory says, where that is not the truth. */
  claimedSize?: number;
}

export function zip(members: readonly Member[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, method = "stored", claimedSize = bytes.length } of members) {
    const packed = method === "stored" ? Buffer.from(bytes) : deflateRawSync(bytes);
    const label = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(method === "stored" ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimedSize, 18);
    fields.writeUInt16LE(label.length, 22);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, label, packed]);
    bodies.push(local);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\0\0"), fields, where, label]));
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

/** An archive as torch.save lays it out: the pickle, and float32 storages by their key. */
export function savedBy(root: Pickle, storages: Record<string, readonly number[]> = {}): Buffer {
  return zip([
    { name: "archive/data.pkl", bytes: pickle(root) },
    ...Object.entries(storages).map(([key, values]) => ({
      name: `archive/data/${key}`,
      bytes: new Uint8Array(Float32Array.from(values).buffer),
    })),
  ]);
}
