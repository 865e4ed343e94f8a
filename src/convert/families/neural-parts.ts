import type { Role } from "./family.js";
import { layerOf, splitRole } from "./family.js";
import { type Layer, stackRoles, stackWords } from "./layers.js";
import { evidenceOf, onlyBias, weightRoles } from "./linear-part.js";
import type { EmbeddingTable, Parts } from "./parts.js";

/** What is wrong for every family with layers: parts that cannot be folded, several heads, a layer that none leads to. */
export function networkProblems(parts: Parts): string[] {
  const { heads } = parts;
  return [
    ...parts.unfoldable.map((what) => `a network without ${what}`),
    ...(heads !== undefined && heads.chosen === undefined
      ? [`one output, found ${heads.names.join(", ")}: name one with checkpoint.head in unbatch.yaml`]
      : []),
    ...(parts.normalisation.length === 0
      ? []
      : [`a layer for the BatchNorm ${parts.normalisation[0] ?? ""}, whose width none has`]),
  ];
}

/** Linear weights and bias beside a network. */
export function besideRoles(
  parts: Parts,
  told: readonly Role[],
): { roles: Role[]; problems: string[]; evidence: string[] } {
  const weights = weightRoles(parts, told);
  const bias = onlyBias(parts, told);
  return {
    roles: [...bias.roles, ...weights.roles],
    problems: [...weights.problems, ...bias.problems],
    evidence: [
      ...evidenceOf("one weight a row", weights.roles),
      ...evidenceOf("one number as bias", bias.roles),
    ],
  };
}

/** A vector a row, for each feature of a stack. */
export function tableRoles(stack: string, tables: readonly EmbeddingTable[]): Role[] {
  return tables.map(({ tensor, feature }): Role => ({ role: `${stack}/${feature}`, tensor, layout: "rows" }));
}

/** The layers of a stack that ends in the score: a sigmoid at its end is the link. */
export function scoreStack(stack: string, layers: readonly Layer[]): { roles: Role[]; evidence: string[] } {
  const last = layers.at(-1);
  const isLink = last?.activation === "sigmoid";
  const plain = layers.map((layer) => (layer === last ? { ...layer, activation: "linear" as const } : layer));
  return {
    roles: stackRoles(stack, plain),
    evidence: [
      ...(layers.length === 0 ? [] : [`layers ${stackWords(layers)}`]),
      ...(isLink ? [`the sigmoid after ${last?.kernel} is the link`] : []),
    ],
  };
}

/** The user has named the layers of a stack. */
export function isStackTold(told: readonly Role[], stack: string): boolean {
  return told.some(({ role }) => layerOf(role)?.stack === stack);
}

/** The user has named a table of a stack. */
export function tablesTold(told: readonly Role[], stack: string): readonly Role[] {
  return told.filter(({ role }) => splitRole(role)[0] === stack && layerOf(role) === undefined);
}

/** Two tables whose names tell their features apart. */
export function isPair(tables: readonly EmbeddingTable[]): boolean {
  const [left, right] = tables;
  return tables.length === 2 && left !== undefined && left.feature !== right?.feature;
}

/** `[rows, width]` of each, for messages. */
export function tableWords(tables: readonly EmbeddingTable[]): string {
  return tables.map(({ tensor, rows, width }) => `${tensor} [${rows}, ${width}]`).join(", ") || "none";
}
