import { UnbatchError } from "../core/errors.js";
import type { LeavesSpec, Link } from "../core/model-spec.js";
import type { Forest } from "../model/forest.js";
import type { Bound, Source } from "./bound.js";
import type { Calibration } from "./calibration.js";
import { canonicalName } from "./families/feature-hint.js";
import { flattenTrees } from "./flatten-trees.js";
import { isMulticlass, linkOfObjective } from "./objectives.js";
import type { Trees } from "./trees.js";

/** Boosted trees as a term of the online model. */
export interface BoundLeaves {
  spec: LeavesSpec;
  forest: Forest;
  /** Which of the source's outputs. */
  output: number;
  /** By the source's number of a feature: its name in unbatch.yaml; undefined where it has none and no tree splits by it. */
  featureOf: readonly (string | undefined)[];
}

/**
 * The base margin becomes the bias, the leaves stand on top of it.
 * Errors: several outputs and none chosen, a margin that is neither a logit nor a number to predict, a feature that the
 * trees split by and unbatch.yaml does not have, or has with rows in place of numbers.
 */
export function bindLeaves(source: Source, trees: Trees, calibration: Calibration): Bound {
  const { scale, shift } = calibration;
  const output = chosenOutput(source, trees);
  const link = linkOf(source, trees);
  const { featureOf, assumed } = featuresOf(source, trees);
  const features = featureOf.flatMap((name) => name ?? []);
  const place = new Map(featureOf.map((name, at) => [at, features.indexOf(name ?? "")]));
  const flat = flattenTrees(trees, output, scale);
  const forest = { ...flat, feature: flat.feature.map((at) => place.get(at) ?? -1) };
  const { comparison, listedCategories } = trees;
  const spec: LeavesSpec = {
    ...{ kind: "leaves", name: "leaves", features },
    ...{ trees: forest.roots.length, nodes: forest.feature.length, leaves: forest.values.length },
    ...{ comparison, listedCategories },
  };
  return {
    terms: [{ kind: "bias", name: "bias" }, spec],
    tables: [],
    norms: [],
    assumed: [...assumed, ...softmaxNote(trees)],
    calibration,
    bias: scale * (trees.baseMargins[output] ?? 0) + shift,
    link,
    leaves: { spec, forest, output, featureOf },
  };
}

function chosenOutput({ config, where }: Source, { outputs, objective }: Trees): number {
  const told = config.checkpoint?.output;
  if (told === undefined && outputs === 1) return 0;
  if (told !== undefined && told < outputs) return told;
  throw new UnbatchError({
    where,
    found:
      told === undefined ? `${outputs} outputs (objective ${objective})` : `output ${told} of ${outputs}`,
    expected: `one of them, from 0 to ${outputs - 1}`,
    next: "choose one to go on with, as that class against the rest: checkpoint: { output: 0 } in unbatch.yaml",
  });
}

function linkOf({ config, where }: Source, { objective }: Trees): Link {
  const told = config.model?.link;
  const own = isMulticlass(objective) ? "logistic" : linkOfObjective(objective);
  if (told !== undefined || own !== undefined) return told ?? own ?? "logistic";
  throw new UnbatchError({
    where,
    found: `trees of objective ${objective || "not said"}, whose sum is neither a logit nor the number to predict`,
    expected: "a logistic objective (binary:logistic, binary, LOGISTIC) or squared error",
    next: "learn on top of the model's logged score: model: { terms: [{ kind: offset, column: SCORE }, ...] } in unbatch.yaml",
  });
}

function softmaxNote({ objective, outputs }: Trees): string[] {
  if (outputs === 1 || !isMulticlass(objective)) return [];
  return ["the softmax margin of one class as its logit: it is one only after it has learned as one"];
}

/** By the trees' own names (f0, f1, ... where they have none); else in the order of unbatch.yaml, where there are as many. */
function featuresOf(source: Source, trees: Trees): { featureOf: (string | undefined)[]; assumed: string[] } {
  const { config, where } = source;
  const names = Array.from({ length: trees.features }, (_, at) => trees.featureNames[at] ?? `f${at}`);
  const rows = config.features.find(
    ({ encoder }) => encoder.kind !== "dense" && encoder.kind !== "vocabulary",
  );
  if (rows !== undefined) throw notANumber(where, rows.name, rows.encoder.kind);
  const byWord = new Map(config.features.map(({ name }) => [canonicalName(name), name]));
  const own = new Set(config.features.map(({ name }) => name));
  const found = names.map((name) => (own.has(name) ? name : byWord.get(canonicalName(name))));
  const split = splitFeatures(trees);
  const lacking = names.filter((_, at) => split.has(at) && found[at] === undefined);
  const isUnnamed =
    trees.featureNames.length === 0 || trees.featureNames.every((name) => /^(Column_|f)\d+$/.test(name));
  if (lacking.length > 0 && isUnnamed && config.features.length === trees.features) {
    return {
      featureOf: config.features.map(({ name }) => name),
      assumed: ["the trees' features in the order of unbatch.yaml: the source has no names for them"],
    };
  }
  if (lacking.length === 0) return { featureOf: found, assumed: neverSplit(found, split) };
  throw new UnbatchError({
    where,
    found: `no feature for ${listed(lacking)}, which trees split by`,
    expected: `features of these names in unbatch.yaml; it has ${listed([...own]) || "none"}`,
    next: `add, for example: - { name: ${lacking[0] ?? "f0"}, column: COLUMN, encoder: { kind: dense, missing: keep } }`,
  });
}

function splitFeatures({ trees }: Trees): Set<number> {
  return new Set(trees.flatMap(({ feature }) => [...new Set(feature)].filter((at) => at >= 0)));
}

function neverSplit(found: readonly (string | undefined)[], split: ReadonlySet<number>): string[] {
  const idle = found.filter((name, at) => name !== undefined && !split.has(at));
  return idle.length === 0 ? [] : [`no tree splits by ${listed(idle.map((name) => name ?? ""))}`];
}

function notANumber(where: string, feature: string, encoder: string): UnbatchError {
  return new UnbatchError({
    where: `features: ${feature} of unbatch.yaml, for ${where}`,
    found: `encoder ${encoder}, which gives rows of tables`,
    expected:
      "numbers as the trees were trained on, { kind: dense, missing: keep }, or the codes of categories, { kind: vocabulary, file: CODES }",
    next: "change the encoder; the file holds the code that training gave each category, from 0",
  });
}

function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
}
