import type { BagSpec, EncoderSpec, UnknownRule } from "../core/model-spec.js";
import type { BagConfig, EncoderConfig } from "./config.js";

/** The encoder of model.json for one of unbatch.yaml that needs no vocabulary of a checkpoint. */
export function fixedEncoderSpec(encoder: Exclude<EncoderConfig, { kind: "vocabulary" }>): EncoderSpec {
  if (encoder.kind === "dense") {
    const { missing, scale, variance, ...rest } = encoder;
    const deviation = variance === undefined ? 1 : Math.sqrt(variance);
    return { ...rest, scale: scale ?? deviation, ...(missing === undefined ? {} : { missing }) };
  }
  return present(encoder);
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the keys that are undefined. */
function present<T extends object>(settings: T): Present<T> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

export function bagSpec({ combine, weights, split }: BagConfig): BagSpec {
  return {
    combine,
    ...(weights === undefined ? {} : { weights }),
    ...(split === undefined ? {} : { split }),
  };
}

/** The same for a model that begins with an empty vocabulary: row 0 is what an unknown id scores with. */
export function emptyEncoderSpec(encoder: EncoderConfig): EncoderSpec {
  if (encoder.kind !== "vocabulary") return fixedEncoderSpec(encoder);
  return {
    kind: "vocabulary",
    unknown: emptyUnknownRule(encoder.unknown),
    ...(encoder.missing === undefined ? {} : { missing: encoder.missing }),
  };
}

function emptyUnknownRule(unknown: Extract<EncoderConfig, { kind: "vocabulary" }>["unknown"]): UnknownRule {
  if (unknown === "grow") return { rule: "grow", row: 0 };
  if (unknown === "reject") return { rule: "reject" };
  if ("growFrom" in unknown) return { rule: "grow", row: unknown.growFrom };
  if ("row" in unknown) return { rule: "row", row: unknown.row };
  return { rule: "hash", first: 0, ...unknown };
}
