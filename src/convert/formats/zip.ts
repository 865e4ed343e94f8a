import { constants, inflateRawSync } from "node:zlib";
import type { ByteSource } from "../../core/bytes.js";
import { crc32 } from "../crc32.js";
import { malformed } from "./malformed.js";
import { type Member, readDirectory } from "./zip-directory.js";

/** Random access to the members of a ZIP archive (APPNOTE 6.3), with ZIP64. Names are never used as paths. */
export interface ZipArchive {
  names(): string[];
  size(name: string): number;
  read(name: string): Uint8Array;
  /** Part of a member; the checksum of all of it is verified the first time. */
  part(name: string, offset: number, length: number): Uint8Array;
  /** The first bytes of a member: at most what some thousand stored bytes hold. */
  head(name: string, length: number): Uint8Array;
}

const LOCAL = 0x04034b50;
const HEAD_BYTES = 16_384;
const CHUNK_BYTES = 1 << 22;

/**
 * Opens an archive by its directory. Errors: no central directory, a name twice, members that overlap or leave the file;
 * on reading: a checksum that is not the directory's.
 */
export function openZip(source: ByteSource): ZipArchive {
  return new Archive(source);
}

class Archive implements ZipArchive {
  readonly #source: ByteSource;
  readonly #members: ReadonlyMap<string, Member>;
  /** Stored members that have been read once, and are what the directory says. */
  readonly #verified = new Set<string>();
  /** Of deflated members the last, of which another part may be asked for. */
  #inflated: { name: string; bytes: Uint8Array } | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#members = readDirectory(source);
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  size(name: string): number {
    return this.#member(name).size;
  }

  read(name: string): Uint8Array {
    return this.part(name, 0, this.size(name));
  }

  part(name: string, offset: number, length: number): Uint8Array {
    const member = this.#member(name);
    const { method, compressed, size, headerOffset } = member;
    if (offset + length > size)
      throw this.#bad(headerOffset, `${name}: bytes ${offset} to ${offset + length}`, `${size} bytes`);
    const from = this.#startOf(name, member);
    if (method === 8) return this.#inflate(name, member, from).slice(offset, offset + length);
    if (method !== 0) throw this.#bad(headerOffset, `${name}: method ${method}`, "stored or deflated");
    if (size !== compressed) throw this.#bad(headerOffset, `${name}: two sizes`, "one for a stored member");
    const bytes = this.#source.read(from + offset, length);
    if (!this.#verified.has(name)) {
      this.#verify(name, member, length === size ? crc32(bytes) : this.#checksum(from, size));
      this.#verified.add(name);
    }
    return bytes;
  }

  head(name: string, length: number): Uint8Array {
    const member = this.#member(name);
    const { method, compressed, size } = member;
    if (method !== 0 && method !== 8) return this.read(name);
    const from = this.#startOf(name, member);
    if (method === 0) return this.#source.read(from, Math.min(length, size));
    const some = this.#source.read(from, Math.min(compressed, HEAD_BYTES));
    return this.#deflated(name, from, () =>
      inflateRawSync(some, { finishFlush: constants.Z_SYNC_FLUSH }),
    ).subarray(0, length);
  }

  #member(name: string): Member {
    const found = this.#members.get(name);
    if (found === undefined) throw this.#bad(0, `no ${name} in the archive`, "a whole file");
    return found;
  }

  #startOf(name: string, { headerOffset }: Member): number {
    const header = this.#source.read(headerOffset, 30);
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    if (view.getUint32(0, true) === LOCAL)
      return headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
    throw this.#bad(headerOffset, `no header of ${name}`, "a member");
  }

  #inflate(name: string, member: Member, from: number): Uint8Array {
    if (this.#inflated?.name === name) return this.#inflated.bytes;
    const { compressed, size } = member;
    const packed = this.#source.read(from, compressed);
    const bytes = this.#deflated(name, from, () =>
      inflateRawSync(packed, { maxOutputLength: Math.max(1, size) }),
    );
    if (bytes.length !== size)
      throw this.#bad(from, `${name}: ${bytes.length} bytes inflated`, `${size}, as the directory says`);
    this.#verify(name, member, crc32(bytes));
    this.#inflated = { name, bytes };
    return bytes;
  }

  #deflated(name: string, from: number, inflate: () => Uint8Array): Uint8Array {
    try {
      return new Uint8Array(inflate());
    } catch (error) {
      if (error instanceof Error && "code" in error)
        throw this.#bad(from, `${name}: ${error.message}`, "deflated bytes");
      throw error;
    }
  }

  /** Of a stored member, without holding it. */
  #checksum(from: number, size: number): number {
    let crc = 0;
    for (let at = 0; at < size; at += CHUNK_BYTES)
      crc = crc32(this.#source.read(from + at, Math.min(CHUNK_BYTES, size - at)), crc);
    return crc;
  }

  #verify(name: string, { headerOffset, crc }: Member, computed: number): void {
    if (computed === crc) return;
    const found = `${name}: checksum ${computed.toString(16)}`;
    throw this.#bad(
      headerOffset,
      found,
      `${crc.toString(16)}, as the directory says: its bytes were changed`,
    );
  }

  #bad(offset: number, found: string, expected: string): Error {
    return malformed(this.#source.name, offset, found, expected);
  }
}
