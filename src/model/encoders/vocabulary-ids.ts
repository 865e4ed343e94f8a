import type { EncoderSpec, UnknownRule } from "../../core/model-spec.js";
import { TextNumbers } from "../../core/text-numbers.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import type { Code, Coder } from "./column-encoder.js";
import { hashRow, textRow } from "./hash-bucket.js";

/**
 * Ids of a vocabulary and, where it grows, those met since: one table of their bytes, the known ones first. The n-th new
 * id has the code -1 - n.
 */
export function vocabularyCoder(
  { unknown, missing }: Extract<EncoderSpec, { kind: "vocabulary" }>,
  vocabulary: Vocabulary | undefined,
): Coder {
  const numbers = new TextNumbers();
  const rows = new Int32Array(vocabulary?.ids.length ?? 0);
  const add = textRow((bytes, start, end) => numbers.add(bytes, start, end));
  vocabulary?.ids.forEach((id, index) => {
    rows[add(id)] = vocabulary.rows[index] ?? 0;
  });
  const { texts } = numbers;
  const known = texts.length;
  const unknownCode = codeOfUnknown(unknown);
  const ofBytes = (bytes: Uint8Array, start: number, end: number): Code => {
    if (unknown.rule === "grow") {
      const number = numbers.add(bytes, start, end);
      return number < known ? (rows[number] ?? 0) : known - number - 1;
    }
    const number = numbers.find(bytes, start, end);
    return number < 0 ? unknownCode(bytes, start, end) : (rows[number] ?? 0);
  };
  const ofText = textRow(ofBytes);
  return {
    of(value) {
      const id = textOf(value ?? missing);
      return id === undefined ? "id-missing" : ofText(id);
    },
    ofBytes,
    newIds: {
      get length() {
        return texts.length - known;
      },
      packed: (from) => texts.packed(known + from),
      strings: () => texts.strings(known),
    },
  };
}

/** Of an id that the vocabulary does not hold and that gets no row of its own. */
function codeOfUnknown(rule: UnknownRule): (bytes: Uint8Array, start: number, end: number) => Code {
  switch (rule.rule) {
    case "hash": {
      const bucket = hashRow(rule);
      return (bytes, start, end) => rule.first + bucket(bytes, start, end);
    }
    case "row":
    case "grow":
      return () => rule.row;
    case "reject":
      return () => "unknown-id";
  }
}

/** An id's canonical text: integers in decimal digits, as every other reader of the log would print them. */
export function textOf(value: string | number | undefined): string | undefined {
  return typeof value === "number" ? String(value) : value;
}
