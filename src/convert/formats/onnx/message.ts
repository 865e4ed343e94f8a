import { malformed } from "../malformed.js";
import { type Field, readFields } from "../wire.js";

/** The bytes of one ONNX file, and messages as parts of them, so that an error can say where. */
export class OnnxFile {
  readonly name: string;
  readonly #start: number;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.#start = bytes.byteOffset;
  }

  /** Error: an UnbatchError with the byte where a field leaves its message. */
  *fields(message: Uint8Array): Generator<Field> {
    try {
      yield* readFields(message);
    } catch (error) {
      if (error instanceof RangeError) throw this.bad(message, error.message, "a field inside its message");
      throw error;
    }
  }

  bad(message: Uint8Array, found: string, expected: string): Error {
    return malformed(this.name, message.byteOffset - this.#start, found, expected);
  }
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
