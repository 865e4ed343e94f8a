import type { EncoderSpec, HashSpec, UnknownRule } from "../../core/model-spec.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import type { ReadKernels } from "../../core/wasm.js";
import { bucketizer } from "./bucketize.js";
import type { Code, Coder } from "./column-encoder.js";
import { hashRow, textRow } from "./hash-bucket.js";
import { hashKernel } from "./hash-kernel.js";

type CategoricalSpec = Exclude<EncoderSpec, { kind: "dense" }>;

export function categoricalCoder(
  spec: CategoricalSpec,
  vocabulary: Vocabulary | undefined,
  newIds: string[],
  kernels?: ReadKernels,
): Coder {
  switch (spec.kind) {
    case "vocabulary":
      return vocabularyCoder(spec, vocabulary, newIds);
    case "hash":
      return hashCoder(spec, kernels);
    case "identity":
      return {
        of(value) {
          const number = numberOf(value) ?? spec.missing;
          if (number === undefined) return "id-missing";
          if (Number.isInteger(number) && number >= 0 && number < spec.size) return number;
          return spec.outOfRange === "reject" ? "value-out-of-range" : spec.outOfRange;
        },
      };
    case "bucketize": {
      const bucket = bucketizer(spec);
      return {
        of(value) {
          const number = numberOf(value) ?? spec.missing;
          return number === undefined ? "value-missing" : bucket(number);
        },
      };
    }
  }
}

function hashCoder(spec: HashSpec, kernels: ReadKernels | undefined): Coder {
  const ofBytes = hashRow(spec);
  const row = textRow(ofBytes);
  return {
    of(value) {
      const text = textOf(value ?? spec.missing);
      return text === undefined ? "id-missing" : row(text);
    },
    ofBytes,
    ofTexts: kernels && hashKernel(kernels.hash, spec, ofBytes),
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
  return {
    of(value) {
      const id = textOf(value ?? spec.missing);
      if (id === undefined) return "id-missing";
      const code = known.get(id);
      if (code !== undefined) return code;
      const unknown = rule.rule === "hash" ? rule.first + bucket(id) : unknownCode(rule, id, newIds);
      if (typeof unknown === "number") known.set(id, unknown);
      return unknown;
    },
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

/** An id's canonical text: integers in decimal digits, as every other reader of the log would print them. */
function textOf(value: string | number | undefined): string | undefined {
  return typeof value === "number" ? String(value) : value;
}

function numberOf(value: string | number | undefined): number | undefined {
  if (typeof value !== "string") return value;
  const number = Number(value);
  return value.trim() === "" || Number.isNaN(number) ? undefined : number;
}
