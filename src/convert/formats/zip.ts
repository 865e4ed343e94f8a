import { constants, inflateRawSync } from "node:zlib";
import type { ByteSource } from "../../core/bytes.js";
import { malformed } from "./malformed.js";

/** Random access to the members of a ZIP archive (APPNOTE 6.3), with ZIP64. Names are never used as paths. */
export interface ZipArchive {
  names(): string[];
  size(name: string): number;
  read(name: string): Uint8Array;
  /** The first bytes of a member: at most what some thousand stored bytes hold. */
  head(name: string, length: number): Uint8Array;
}

interface Member {
  method: number;
  compressed: number;
  size: number;
  headerOffset: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const MEMBER = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_MEMBERS = 1_000_000;
/** A deflated member may not grow by more than this; weights grow a few times. */
const MAX_RATIO = 200;
const SLACK_BYTES = 1 << 20;
const HEAD_BYTES = 16_384;

/** Errors: no central directory, a name twice, a member outside the file. */
export function openZip(source: ByteSource): ZipArchive {
  const members = readDirectory(source);
  const member = (name: string): Member => {
    const found = members.get(name);
    if (found === undefined) throw malformed(source.name, 0, `no ${name} in the archive`, "a whole file");
    return found;
  };
  return {
    names: () => [...members.keys()],
    size: (name) => member(name).size,
    read: (name) => readMember(source, name, member(name)),
    head: (name, length) => readHead(source, name, member(name), length),
  };
}

function readDirectory(source: ByteSource): Map<string, Member> {
  const { offset, size, count } = findDirectory(source);
  if (offset + size > source.size || count > MAX_MEMBERS) {
    throw malformed(
      source.name,
      offset,
      `a directory of ${count} members in ${size} bytes`,
      "a whole archive",
    );
  }
  const bytes = source.read(offset, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = new Map<string, Member>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > size || view.getUint32(at, true) !== MEMBER) {
      throw malformed(source.name, offset + at, "no member", `member ${index + 1} of ${count}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const end = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (end > size)
      throw malformed(source.name, offset + at, "a member that leaves the directory", "a whole archive");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const extra = new DataView(bytes.buffer, bytes.byteOffset + at + 46 + nameLength, extraLength);
    if (members.has(name)) throw malformed(source.name, offset + at, `${name} twice`, "each name once");
    const member = {
      method: view.getUint16(at + 10, true),
      ...sizes(
        extra,
        view.getUint32(at + 24, true),
        view.getUint32(at + 20, true),
        view.getUint32(at + 42, true),
      ),
    };
    if (member.method !== 0 && member.size > member.compressed * MAX_RATIO + SLACK_BYTES) {
      throw malformed(
        source.name,
        offset + at,
        `${name}: ${member.compressed} bytes that grow to ${member.size}`,
        `at most ${MAX_RATIO} times; save it without compression`,
      );
    }
    members.set(name, member);
    at = end;
  }
  return members;
}

/** Fields that are all ones stand in the ZIP64 extra field (id 1), in this order. */
function sizes(
  extra: DataView,
  size: number,
  compressed: number,
  headerOffset: number,
): Omit<Member, "method"> {
  const values = [size, compressed, headerOffset];
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === 1) {
      let field = at + 4;
      values.forEach((value, index) => {
        if (value !== 0xffffffff || field + 8 > extra.byteLength) return;
        values[index] = Number(extra.getBigUint64(field, true));
        field += 8;
      });
    }
    at += 4 + length;
  }
  return { size: values[0] ?? 0, compressed: values[1] ?? 0, headerOffset: values[2] ?? 0 };
}

function findDirectory(source: ByteSource): { offset: number; size: number; count: number } {
  const length = Math.min(source.size, 65_557);
  const start = source.size - length;
  const tail = source.read(start, length);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const found = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const isZip64 = at >= 20 && view.getUint32(at - 20, true) === END64_LOCATOR;
    return isZip64 ? readEnd64(source, Number(view.getBigUint64(at - 12, true))) : found;
  }
  throw malformed(source.name, source.size, "no end of a ZIP directory", "a whole file");
}

function readEnd64(source: ByteSource, at: number): { offset: number; size: number; count: number } {
  const bytes = source.read(at, 56);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    count: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    offset: Number(view.getBigUint64(48, true)),
  };
}

function readMember(
  source: ByteSource,
  name: string,
  { method, compressed, size, headerOffset }: Member,
): Uint8Array {
  const from = startOf(source, name, headerOffset);
  if (method === 0) {
    if (size !== compressed)
      throw malformed(source.name, headerOffset, `${name}: two sizes`, "one for a stored member");
    return source.read(from, size);
  }
  if (method !== 8)
    throw malformed(source.name, headerOffset, `${name}: method ${method}`, "stored or deflated");
  const bytes = inflate(source, name, from, compressed, size);
  if (bytes.length === size) return bytes;
  throw malformed(
    source.name,
    from,
    `${name}: ${bytes.length} bytes inflated`,
    `${size}, as the directory says`,
  );
}

function startOf(source: ByteSource, name: string, headerOffset: number): number {
  const header = source.read(headerOffset, 30);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(0, true) === LOCAL)
    return headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  throw malformed(source.name, headerOffset, `no header of ${name}`, "a member");
}

function readHead(source: ByteSource, name: string, member: Member, length: number): Uint8Array {
  const { method, compressed, size, headerOffset } = member;
  if (method !== 0 && method !== 8) return readMember(source, name, member);
  const from = startOf(source, name, headerOffset);
  if (method === 0) return source.read(from, Math.min(length, size));
  try {
    const some = source.read(from, Math.min(compressed, HEAD_BYTES));
    return inflateRawSync(some, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, length);
  } catch (error) {
    if (error instanceof Error && "code" in error)
      throw malformed(source.name, from, `${name}: ${error.message}`, "deflated bytes");
    throw error;
  }
}

function inflate(
  source: ByteSource,
  name: string,
  from: number,
  compressed: number,
  size: number,
): Uint8Array {
  try {
    return new Uint8Array(
      inflateRawSync(source.read(from, compressed), { maxOutputLength: Math.max(1, size) }),
    );
  } catch (error) {
    if (error instanceof Error && "code" in error)
      throw malformed(source.name, from, `${name}: ${error.message}`, "deflated bytes");
    throw error;
  }
}
