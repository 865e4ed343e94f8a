import type { Column } from "../../core/column.js";
import type { EncoderSpec, HashSpec, UnknownRule } from "../../core/model-spec.js";
import { type RejectionReason, type Rejections, reject } from "../../core/rejections.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import { bucketizer } from "./bucketize.js";
import { hashRow, textRow } from "./hash-bucket.js";

/** A distinct value (undefined where it is missing) -> its code, or why it has none. */
type Code = number | RejectionReason;
export type Coder = (value: string | number | undefined) => Code;

type CategoricalSpec = Exclude<EncoderSpec, { kind: "dense" }>;

export function categoricalCoder(
  spec: CategoricalSpec,
  vocabulary: Vocabulary | undefined,
  newIds: string[],
): Coder {
  switch (spec.kind) {
    case "vocabulary":
      return vocabularyCoder(spec, vocabulary, newIds);
    case "hash":
      return hashCoder(spec);
    case "identity":
      return (value) => {
        const number = numberOf(value) ?? spec.missing;
        if (number === undefined) return "id-missing";
        if (Number.isInteger(number) && number >= 0 && number < spec.size) return number;
        return spec.outOfRange === "reject" ? "value-out-of-range" : spec.outOfRange;
      };
    case "bucketize": {
      const bucket = bucketizer(spec);
      return (value) => {
        const number = numberOf(value) ?? spec.missing;
        return number === undefined ? "value-missing" : bucket(number);
      };
    }
  }
}

function hashCoder(spec: HashSpec): Coder {
  const row = textRow(hashRow(spec));
  return (value) => {
    const text = textOf(value ?? spec.missing);
    return text === undefined ? "id-missing" : row(text);
  };
}

function vocabularyCoder(
  spec: Extract<CategoricalSpec, { kind: "vocabulary" }>,
  vocabulary: Vocabulary | undefined,
  newIds: string[],
): Coder {
  const known = new Map<string, number>();
  vocabulary?.ids.forEach((id, index) => {
    known.set(id, vocabulary.rows[index] ?? 0);
  });
  const { unknown: rule } = spec;
  const bucket = rule.rule === "hash" ? textRow(hashRow(rule)) : () => 0;
  return (value) => {
    const id = textOf(value ?? spec.missing);
    if (id === undefined) return "id-missing";
    const code = known.get(id);
    if (code !== undefined) return code;
    const unknown = rule.rule === "hash" ? rule.first + bucket(id) : unknownCode(rule, id, newIds);
    if (typeof unknown === "number") known.set(id, unknown);
    return unknown;
  };
}

function unknownCode(rule: Exclude<UnknownRule, { rule: "hash" }>, id: string, newIds: string[]): Code {
  switch (rule.rule) {
    case "grow":
      return -newIds.push(id);
    case "row":
      return rule.row;
    case "reject":
      return "unknown-id";
  }
}

/** No code is as low as these. */
const UNSEEN = -(2 ** 31);
const REFUSED = UNSEEN + 1;

/** Encodes a column: one call of the coder per distinct value of the block. */
export function encodeDistinct(
  coder: Coder,
  column: Column,
  rows: number,
  into: Int32Array | Float64Array,
  at: number,
  rejections: Rejections,
): void {
  const put = (row: number, code: Code): void => {
    if (typeof code === "number") into[at + row] = code;
    else {
      into[at + row] = 0;
      reject(rejections, row, code);
    }
  };
  if (column.kind === "text") {
    // By place in `distinct`, null last. Values that no row points at must not become new ids, so codes are made late.
    const codes = new Int32Array(column.distinct.length + 1).fill(UNSEEN);
    for (let row = 0; row < rows; row++) {
      const index = column.codes[row] ?? -1;
      const place = index < 0 ? column.distinct.length : index;
      let code = codes[place] ?? UNSEEN;
      if (code === UNSEEN) {
        const found = coder(column.distinct[index]);
        code = typeof found === "number" ? found : REFUSED;
        codes[place] = code;
      }
      if (code === REFUSED) put(row, coder(column.distinct[index]));
      else into[at + row] = code;
    }
    return;
  }
  const codes = new Map<number, Code>();
  for (let row = 0; row < rows; row++) {
    const value = column.values[row] ?? Number.NaN;
    let code = codes.get(value);
    if (code === undefined) {
      code = coder(Number.isNaN(value) ? undefined : value);
      codes.set(value, code);
    }
    put(row, code);
  }
}

/** An id's canonical text: integers in decimal digits, as every other reader of the log would print them. */
function textOf(value: string | number | undefined): string | undefined {
  return typeof value === "number" ? String(value) : value;
}

function numberOf(value: string | number | undefined): number | undefined {
  if (typeof value !== "string") return value;
  const number = Number(value);
  return value.trim() === "" || Number.isNaN(number) ? undefined : number;
}
