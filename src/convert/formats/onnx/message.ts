import { malformed } from "../malformed.js";
import { type Field, readFields, readSignedVarints } from "../wire.js";

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
      throw this.#damage(error, message);
    }
  }

  /** Packed varints. Error: an UnbatchError where the last does not end. */
  numbers(packed: Uint8Array): bigint[] {
    try {
      return readSignedVarints(packed);
    } catch (error) {
      throw this.#damage(error, packed);
    }
  }

  #damage(error: unknown, message: Uint8Array): unknown {
    return error instanceof RangeError
      ? this.bad(message, error.message, "a field inside its message")
      : error;
  }

  bad(message: Uint8Array, found: string, expected: string): Error {
    return malformed(this.name, message.byteOffset - this.#start, found, expected);
  }
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
