import type { ByteSource } from "../../core/bytes.js";
import { malformed } from "./malformed.js";

/** What an archive's directory says of one member. */
export interface Member {
  /** 0 stored, 8 deflated. */
  method: number;
  compressed: number;
  size: number;
  crc: number;
  headerOffset: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const MEMBER = 0x02014b50;
const MAX_MEMBERS = 1_000_000;
/** Deflated members may not grow by more than this; weights grow a few times. */
const MAX_RATIO = 200;
const SLACK_BYTES = 1 << 20;

/**
 * The members by name. Errors: no central directory, a name twice, a directory or members that are larger than the file,
 * members that grow 200 times, each or together.
 */
export function readDirectory(source: ByteSource): Map<string, Member> {
  const { offset, size, count } = findDirectory(source);
  if (offset + size > source.size || count > MAX_MEMBERS)
    throw malformed(
      source.name,
      offset,
      `a directory of ${count} members in ${size} bytes`,
      "a whole archive",
    );
  const bytes = source.read(offset, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = new Map<string, Member>();
  const all = { compressed: 0, size: 0 };
  let at = 0;
  for (let index = 0; index < count; index++) {
    const bad = (found: string, expected: string): Error =>
      malformed(source.name, offset + at, found, expected);
    if (at + 46 > size || view.getUint32(at, true) !== MEMBER)
      throw bad("no member", `member ${index + 1} of ${count}`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const end = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (end > size) throw bad("a member that leaves the directory", "a whole archive");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (members.has(name)) throw bad(`${name} twice`, "each name once");
    const member = readMember(view, at, nameLength, extraLength);
    all.compressed += member.compressed;
    all.size += member.size;
    // Members that share their bytes would be short to write and endless to read.
    if (all.compressed > source.size)
      throw bad(
        `${name}: members of ${all.compressed} bytes up to here`,
        `at most the file's ${source.size}`,
      );
    for (const { compressed, size: grown } of [member, all])
      if (grown > compressed * MAX_RATIO + SLACK_BYTES)
        throw bad(
          `${name}: ${compressed} bytes that grow to ${grown}`,
          `at most ${MAX_RATIO} times; save it without compression`,
        );
    members.set(name, member);
    at = end;
  }
  return members;
}

function readMember(view: DataView, at: number, nameLength: number, extraLength: number): Member {
  const extra = new DataView(view.buffer, view.byteOffset + at + 46 + nameLength, extraLength);
  const [size = 0, compressed = 0, headerOffset = 0] = wideFields(extra, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
  return { method, compressed, size, crc, headerOffset };
}

/** Fields that are all ones stand in the ZIP64 extra field (id 1), in this order. */
function wideFields(extra: DataView, fields: readonly number[]): number[] {
  const values = [...fields];
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
  return values;
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
