import { malformed } from "./malformed.js";

/** JSON as data: objects are Maps, so that no name in a file is ever a property of one of ours. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

const MAX_DEPTH = 200;
const NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity|inf)|NaN|nan/y;
const SPACE = /[ \t\r\n]*/y;
/** A string without escapes or control characters. */
const PLAIN = /"([^"\\\p{Cc}]*)"/uy;
const ESCAPED = /"(?:[^"\\]|\\.)*"/suy;

/**
 * RFC 8259, and the bare NaN and Infinity that XGBoost and Python write. Linear time.
 * Errors: an UnbatchError with the byte for anything else, a name twice in one object, more than 200 levels.
 */
export function parseJson(bytes: Uint8Array, file: string, firstByte = 0): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed(file, firstByte, "bytes that are not UTF-8", "JSON");
  }
  return new Parser(text, file, firstByte).document();
}

class Parser {
  readonly #text: string;
  readonly #file: string;
  readonly #firstByte: number;
  #at = 0;

  constructor(text: string, file: string, firstByte: number) {
    this.#text = text;
    this.#file = file;
    this.#firstByte = firstByte;
  }

  document(): Json {
    const value = this.#value(0);
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#bad("the end");
    return value;
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw this.#bad(`at most ${MAX_DEPTH} levels`);
    this.#match(SPACE);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      default:
        return this.#word();
    }
  }

  #object(depth: number): JsonObject {
    const map: JsonObject = new Map();
    this.#at += 1;
    if (this.#takes("}")) return map;
    do {
      this.#match(SPACE);
      const name = this.#string();
      if (map.has(name)) {
        const twice = `the name ${JSON.stringify(name.slice(0, 80))} twice`;
        throw malformed(this.#file, this.#byte(), twice, "each name once");
      }
      if (!this.#takes(":")) throw this.#bad('":"');
      map.set(name, this.#value(depth + 1));
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.#bad('"," or "}"');
    return map;
  }

  #array(depth: number): Json[] {
    const list: Json[] = [];
    this.#at += 1;
    if (this.#takes("]")) return list;
    do list.push(this.#value(depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) throw this.#bad('"," or "]"');
    return list;
  }

  #string(): string {
    const plain = this.#match(PLAIN);
    if (plain !== undefined) return plain[1] ?? "";
    const escaped = this.#match(ESCAPED);
    if (escaped === undefined) throw this.#bad("a string");
    try {
      const value: unknown = JSON.parse(escaped[0]);
      if (typeof value === "string") return value;
    } catch {
      // reported below
    }
    throw this.#bad("a string");
  }

  #word(): Json {
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    const number = this.#match(NUMBER)?.[0];
    if (number === undefined) throw this.#bad("a value");
    return /^n/i.test(number) ? Number.NaN : Number(number.replace("inf", "Infinity"));
  }

  #takes(character: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #byte(): number {
    return this.#firstByte + new TextEncoder().encode(this.#text.slice(0, this.#at)).length;
  }

  #bad(expected: string): Error {
    const found = this.#text.slice(this.#at, this.#at + 20);
    const words = found === "" ? "the end of the JSON" : JSON.stringify(found);
    return malformed(this.#file, this.#byte(), words, expected);
  }
}

/** A member of an object, whatever it is; undefined for anything that is not an object. */
export function member(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at = value;
  for (const name of path) {
    if (!(at instanceof Map)) return undefined;
    at = at.get(name);
  }
  return at;
}
