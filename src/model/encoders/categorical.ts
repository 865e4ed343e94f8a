import type { EncoderSpec, HashSpec } from "../../core/model-spec.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import type { ReadKernels } from "../../core/wasm.js";
import { bucketizer } from "./bucketize.js";
import type { Coder } from "./column-encoder.js";
import { hashRow, textRow } from "./hash-bucket.js";
import { hashKernel } from "./hash-kernel.js";
import { textOf, vocabularyCoder } from "./vocabulary-ids.js";

type CategoricalSpec = Exclude<EncoderSpec, { kind: "dense" }>;

export function categoricalCoder(
  spec: CategoricalSpec,
  vocabulary: Vocabulary | undefined,
  kernels?: ReadKernels,
): Coder {
  switch (spec.kind) {
    case "vocabulary":
      return vocabularyCoder(spec, vocabulary);
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

function numberOf(value: string | number | undefined): number | undefined {
  if (typeof value !== "string") return value;
  const number = Number(value);
  return value.trim() === "" || Number.isNaN(number) ? undefined : number;
}
