import { UnbatchError } from "../core/errors.js";
import { type TermSpec, tableName } from "../core/model-spec.js";
import { inputFeatures } from "../core/table-shapes.js";
import { bindCross } from "./bind-cross.js";
import { bindFactorisation } from "./bind-factorisation.js";
import { ownersOf } from "./bind-inputs.js";
import { bindInteraction } from "./bind-interaction.js";
import { bindLinear } from "./bind-linear.js";
import { type Binding, bindDeep, bindGmf, bindTowers } from "./bind-networks.js";
import { bindRows } from "./bind-rows.js";
import {
  type Bound,
  type BoundTable,
  type BoundTerms,
  refuseTwice,
  type Source,
  tensorOfShape,
} from "./bound.js";
import type { Role } from "./families/family.js";

/**
 * Gives each role of a recognised checkpoint to a feature of unbatch.yaml.
 * Errors: a role with no feature, a feature with no role, a tensor whose shape contradicts its role.
 */
export function bind(source: Source): Bound {
  const linear = bindLinear(source);
  const dot = bindDot(source);
  const factorisation = bindFactorisation(source);
  const vectors = [...dot.tables, ...factorisation.tables];
  const binding: Binding = {
    source,
    linear: new Set(linear.own),
    owners: ownersOf(vectors, source.recognised.roles),
    taken: new Map(),
  };
  const networks = [bindGmf, bindDeep, bindCross, bindInteraction, bindTowers].map((bindOne) =>
    bindOne(binding),
  );
  const bias = source.recognised.roles
    .filter(({ role }) => role === "bias")
    .map((role) => biasTable(source, role));
  const terms: TermSpec[] = [
    ...bias.map((): TermSpec => ({ kind: "bias", name: "bias" })),
    ...linear.terms,
    ...dot.terms,
    ...factorisation.terms,
    ...networks.flatMap((network) => network.terms),
  ];
  const layout = networks.find((network) => network.layout !== undefined)?.layout;
  const bound: Bound = {
    terms,
    tables: [...bias, ...linear.tables, ...vectors, ...networks.flatMap(({ tables }) => tables)],
    assumed: [...source.recognised.assumed, ...networks.flatMap(({ assumed }) => assumed ?? [])],
    norms: networks.flatMap(({ norms }) => norms ?? []),
    ...(layout === undefined ? {} : { layout }),
  };
  refuseUnboundFeatures(source, bound);
  return bound;
}

function biasTable(source: Source, role: Role): BoundTable {
  tensorOfShape(source, role, [[1], [], [1, 1]], "one number for every event");
  return { table: tableName("bias"), term: "bias", ...role, layout: "rows", firstRow: 0, rows: 1, width: 1 };
}

function bindDot(source: Source): BoundTerms {
  const sides = source.recognised.roles
    .filter(({ role }) => role.startsWith("dot/"))
    .map((role): BoundTable & { feature: string } => bindRows(source, role, "dot"));
  const [left, right] = sides;
  if (left === undefined || right === undefined) return { terms: [], tables: [] };
  refuseTwice(source, sides);
  const width = left.width;
  tensorOfShape(source, right, [[right.rows, width]], `the width of ${left.tensor}`);
  return {
    terms: [{ kind: "dot", name: "dot", left: left.feature, right: right.feature, width }],
    tables: sides,
  };
}

function refuseUnboundFeatures({ config, checkpoint, where }: Source, { terms, tables }: Bound): void {
  const used = new Set(tables.flatMap(({ feature }) => feature ?? []));
  for (const term of terms) for (const feature of featuresRead(term)) used.add(feature);
  const unbound = config.features.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  if (unbound.length === 0) return;
  throw new UnbatchError({
    where,
    found: `no tensor for feature ${unbound.join(", ")} of unbatch.yaml`,
    expected: `one of ${[...checkpoint.tensors.keys()].slice(0, 12).join(", ")}`,
    next: `take the feature out of unbatch.yaml, or name its tensor: checkpoint.tensors: { linear/${unbound[0] ?? ""}: NAME }`,
  });
}

/** Features that a term reads. */
function featuresRead(term: TermSpec): string[] {
  switch (term.kind) {
    case "linear":
    case "factorisation":
      return [...term.features];
    case "interaction":
      return [...term.features, ...term.dense];
    case "dot":
      return [term.left, term.right];
    case "deep":
    case "cross":
      return term.inputs.flatMap(inputFeatures);
    case "towers":
      return [...term.left.inputs, ...term.right.inputs].flatMap(inputFeatures);
    case "offset":
    case "bias":
      return [];
  }
}
