import type { ByteSource } from "../../core/bytes.js";
import { malformed } from "./malformed.js";

const CHUNK_BYTES = 1 << 22;
/** A vector of some thousand numbers, as text. */
const MAX_LINE_BYTES = 1 << 20;

/** The lines of a text file, without their ends, and where each begins. Error: a line of more than a megabyte. */
export function* linesOf(source: ByteSource, from = 0): Generator<{ line: string; at: number }> {
  const decoder = new TextDecoder();
  let rest = new Uint8Array(0);
  let at = from;
  for (let offset = from; offset < source.size; offset += CHUNK_BYTES) {
    const chunk = source.read(offset, Math.min(CHUNK_BYTES, source.size - offset));
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      yield { line: decoder.decode(bytes.subarray(start, end)).replace(/\r$/, ""), at: at + start };
      start = end + 1;
    }
    rest = bytes.slice(start);
    at += start;
    if (rest.length > MAX_LINE_BYTES)
      throw malformed(
        source.name,
        at,
        `a line of more than ${MAX_LINE_BYTES} bytes`,
        "a text of shorter lines",
      );
  }
  if (rest.length > 0) yield { line: decoder.decode(rest).replace(/\r$/, ""), at };
}
