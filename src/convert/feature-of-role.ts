import type { FeatureConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import type { Source } from "./bound.js";
import { type Role, splitRole } from "./families/family.js";
import { canonicalName } from "./families/feature-hint.js";

/**
 * The feature of unbatch.yaml that a role speaks of: by its exact name, else by the column that the source's
 * graph feeds its tensor with, else by the word in both names (`user_embedding.weight` and `userId` are both "user"), else by what `log.user` and `log.item` say. A number is the
 * place among the features with rows, from 0: `emb_l.1`.
 */
export function featureOfRole(source: Source, role: Role, need: "must"): FeatureConfig;
export function featureOfRole(source: Source, role: Role, need: "try"): FeatureConfig | undefined;
export function featureOfRole(source: Source, role: Role, need: "must" | "try"): FeatureConfig | undefined {
  const { features, log } = source.config;
  const [term, part] = splitRole(role.role);
  const exact = features.find(({ name }) => name === part);
  if (exact !== undefined) return exact;
  const traced = tracedFeature(source, role);
  if (traced !== undefined) return traced;
  if (/^\d+$/.test(part)) {
    const numbered = features.filter(({ encoder }) => encoder.kind !== "dense")[Number(part)];
    if (numbered !== undefined) return numbered;
  }
  const word = canonicalName(part);
  const alike = features.filter(({ name, column = name }) => {
    const words = [canonicalName(name), canonicalName(column)];
    if (column === log.user) words.push("user");
    if (column === log.item) words.push("item");
    return word !== "" && words.includes(word);
  });
  if (alike.length === 1) return alike[0];
  if (need === "try") return undefined;
  const names = (alike.length > 1 ? alike : features).map(({ name }) => name);
  throw new UnbatchError({
    where: `${source.where}, tensor ${role.tensor}`,
    found: `no telling which feature it is for${word === "" ? "" : `: ${JSON.stringify(part)}`}`,
    expected: `one of the features of unbatch.yaml: ${names.join(", ") || "none are listed"}`,
    next: `name it: checkpoint.tensors: { ${term}/${names[0] ?? "FEATURE"}: ${role.tensor} }`,
  });
}

/** The one feature of the column, and of the kind of encoder, that the graph leads to the role's tensor. */
function tracedFeature({ checkpoint, config }: Source, { tensor }: Role): FeatureConfig | undefined {
  const inputs = (checkpoint.inputs ?? []).filter(({ feeds }) =>
    feeds.some((feed) => feed.tensor === tensor),
  );
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) return undefined;
  const features = config.features.filter(
    ({ name, column = name, encoder }) => column === input.column && encoder.kind === input.encoder.kind,
  );
  return features.length === 1 ? features[0] : undefined;
}
