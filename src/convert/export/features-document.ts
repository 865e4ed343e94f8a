import { isSigned } from "../../core/encoder-rows.js";
import type { FeatureSpec, HashSpec, UnknownRule } from "../../core/model-spec.js";
import type { OnlineModel } from "../../model/model.js";

/** What a serving program does with a column before the graph, or before its own module. */
export interface FeatureDocument {
  feature: string;
  column: string;
  /** As in model.json. */
  encoder: FeatureSpec["encoder"];
  bag?: FeatureSpec["bag"];
  /** `rows`: an int64 row number; `numbers`: a float32. */
  gives: "rows" | "numbers";
  /** In words: what becomes of a value, of one that is not known, and of none. */
  rules: readonly string[];
  /** The file beside this one that has a row for each id: `id`, `row`. */
  vocabulary?: string;
}

/** One entry a feature. `vocabularies`: by feature, the file with its ids. */
export function featuresDocument(
  { spec }: OnlineModel,
  vocabularies: ReadonlyMap<string, string>,
): FeatureDocument[] {
  return spec.features.map((feature) => {
    const { name, column, encoder, bag } = feature;
    const vocabulary = vocabularies.get(name);
    return {
      ...{ feature: name, column, encoder },
      ...(bag === undefined ? {} : { bag }),
      gives: encoder.kind === "dense" ? "numbers" : "rows",
      rules: [...rulesOf(feature), ...bagRules(feature)],
      ...(vocabulary === undefined ? {} : { vocabulary }),
    };
  });
}

function rulesOf({ encoder }: FeatureSpec): string[] {
  const missing =
    encoder.missing === undefined
      ? "none: the event is not scored"
      : `none: as ${JSON.stringify(encoder.missing)}`;
  switch (encoder.kind) {
    case "vocabulary":
      return [
        "the row of the id's text in the vocabulary file; whole numbers as decimal digits",
        `an id without a row: ${unknownRule(encoder.unknown)}`,
        missing,
      ];
    case "hash":
      return [hashRule(encoder), missing];
    case "identity":
      return [
        `the number itself, from 0 to ${encoder.size - 1}`,
        encoder.outOfRange === "reject"
          ? "out of it: the event is not scored"
          : `out of it: row ${encoder.outOfRange}`,
        missing,
      ];
    case "bucketize":
      return [
        `how many boundaries are ${encoder.side === "left" ? "<" : "<="} the value, in ${encoder.precision}`,
        ...(encoder.beyond === undefined
          ? []
          : [`a bucket from ${encoder.beyond.from} on: row ${encoder.beyond.row}`]),
        missing,
      ];
    case "dense": {
      const value = encoder.transform === "log1p" ? "ln(1 + value)" : "value";
      return [
        `(${value} - ${encoder.mean}) / ${encoder.scale || 1}, in ${encoder.precision}`,
        ...(encoder.truncate ? ["the value is cut to a whole number first"] : []),
        missing,
      ];
    }
  }
}

function unknownRule(unknown: UnknownRule): string {
  switch (unknown.rule) {
    case "grow":
      return `row ${unknown.row}, until it is learned and exported anew`;
    case "row":
      return `row ${unknown.row}`;
    case "hash":
      return `${unknown.first} + ${unknown.function} of its UTF-8 bytes mod ${unknown.buckets}`;
    case "reject":
      return "the event is not scored";
  }
}

function hashRule(spec: HashSpec): string {
  const { buckets, prefix, maskValue, namespace, key } = spec;
  const of = `${prefix === undefined ? "" : `${JSON.stringify(prefix)} and `}the UTF-8 bytes`;
  const what = `${spec.function} of ${of}; whole numbers as decimal digits`;
  const row = isSigned(spec)
    ? `|hash| mod ${buckets}, plus ${buckets} where it is negative`
    : `mod ${maskValue === undefined ? buckets : buckets - 1}`;
  return [
    `${what}: ${row}`,
    ...(maskValue === undefined ? [] : [`plus 1, and ${JSON.stringify(maskValue)} is row 0`]),
    ...(namespace === undefined ? [] : [`seeded by the hash of ${JSON.stringify(namespace)}`]),
    ...(key === undefined ? [] : [`with the key [${key.join(", ")}]`]),
  ].join("; ");
}

function bagRules({ bag }: FeatureSpec): string[] {
  if (bag === undefined) return [];
  return [
    `any number of values an event, whose rows make one vector: ${bag.combine}`,
    ...(bag.weights === undefined ? [] : [`each times its weight of column ${bag.weights}`]),
    ...(bag.split === undefined ? [] : [`the values of a text stand between ${JSON.stringify(bag.split)}`]),
  ];
}
