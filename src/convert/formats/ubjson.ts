import type { Json, JsonObject } from "./json.js";
import { malformed } from "./malformed.js";

const MAX_DEPTH = 200;
/** Type marker -> bytes of a value of it. */
const sizes: ReadonlyMap<number, number> = new Map(
  Object.entries({ i: 1, U: 1, C: 1, I: 2, l: 4, L: 8, d: 4, D: 8 }).map(([type, size]) => [
    type.charCodeAt(0),
    size,
  ]),
);

/**
 * Universal Binary JSON, draft 12 (ubjson.org), with optimised containers, as XGBoost writes it; big-endian.
 * Errors: an UnbatchError with the byte for a type that is none, a length outside of the file, a name twice, more
 * than 200 levels.
 */
export function parseUbjson(bytes: Uint8Array, file: string): Json {
  return new Parser(bytes, file).document();
}

class Parser {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  document(): Json {
    const value = this.#value(this.#type(), 0);
    if (this.#at !== this.#bytes.length)
      throw this.#bad(`${this.#bytes.length - this.#at} bytes left`, "the end");
    return value;
  }

  #value(type: string, depth: number): Json {
    if (depth > MAX_DEPTH) throw this.#bad(`more than ${MAX_DEPTH} levels`, "fewer");
    switch (type) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case "S":
        return this.#text(this.#count());
      case "C":
        return this.#text(1);
      case "Z":
        return null;
      case "T":
        return true;
      case "F":
        return false;
      default:
        return this.#number(type);
    }
  }

  #object(depth: number): JsonObject {
    const map: JsonObject = new Map();
    const { type, count } = this.#container();
    for (let index = 0; count === undefined ? this.#peek() !== "}" : index < count; index++) {
      const name = this.#text(this.#count());
      if (map.has(name))
        throw this.#bad(`the name ${JSON.stringify(name.slice(0, 80))} twice`, "each name once");
      map.set(name, this.#value(type ?? this.#type(), depth + 1));
    }
    if (count === undefined) this.#at += 1;
    return map;
  }

  #array(depth: number): Json[] {
    const list: Json[] = [];
    const { type, count } = this.#container();
    for (let index = 0; count === undefined ? this.#peek() !== "]" : index < count; index++)
      list.push(this.#value(type ?? this.#type(), depth + 1));
    if (count === undefined) this.#at += 1;
    return list;
  }

  /** `$` type `#` count, either of which may be absent. A value has at least a byte, so that a count has a bound. */
  #container(): { type: string | undefined; count: number | undefined } {
    let type: string | undefined;
    if (this.#peek() === "$") {
      this.#at += 1;
      type = this.#type();
      if ("ZNTF".includes(type)) throw this.#bad(`a container of ${type}`, "values that have bytes");
      if (this.#peek() !== "#") throw this.#bad("a type without a count", "#");
    }
    if (this.#peek() !== "#") return { type, count: undefined };
    this.#at += 1;
    const count = this.#count();
    const least = count * (sizes.get(type?.charCodeAt(0) ?? 0) ?? 1);
    if (least > this.#bytes.length - this.#at)
      throw this.#bad(`${count} values`, `at most ${this.#bytes.length - this.#at} bytes of them`);
    return { type, count };
  }

  #count(): number {
    const count = this.#number(this.#type());
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw this.#bad(`a length of ${count}`, "a natural number");
  }

  #number(type: string): number {
    const size = sizes.get(type.charCodeAt(0));
    if (size === undefined) throw this.#bad(`the type ${JSON.stringify(type)}`, "a type of UBJSON");
    const at = this.#advance(size);
    switch (type) {
      case "i":
        return this.#view.getInt8(at);
      case "I":
        return this.#view.getInt16(at);
      case "l":
        return this.#view.getInt32(at);
      case "L":
        return Number(this.#view.getBigInt64(at));
      case "d":
        return this.#view.getFloat32(at);
      case "D":
        return this.#view.getFloat64(at);
      default:
        return this.#view.getUint8(at);
    }
  }

  #text(length: number): string {
    const at = this.#advance(length);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length));
  }

  #type(): string {
    return String.fromCharCode(this.#bytes[this.#advance(1)] ?? 0);
  }

  #peek(): string {
    if (this.#at >= this.#bytes.length) throw this.#bad("the end of the file", "more values");
    return String.fromCharCode(this.#bytes[this.#at] ?? 0);
  }

  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at)
      throw this.#bad(`${this.#bytes.length - at} bytes left`, `${count} more`);
    this.#at += count;
    return at;
  }

  #bad(found: string, expected: string): Error {
    return malformed(this.#file, this.#at, found, expected);
  }
}
