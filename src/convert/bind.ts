import { UnbatchError } from "../core/errors.js";
import { type TermSpec, tableName } from "../core/model-spec.js";
import { featuresOf } from "../core/term-features.js";
import { bindCross } from "./bind-cross.js";
import { bindFactorisation } from "./bind-factorisation.js";
import { ownersOf } from "./bind-inputs.js";
import { bindInteraction } from "./bind-interaction.js";
import { bindLeaves } from "./bind-leaves.js";
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
import { calibrationOf } from "./calibration.js";
import type { Role } from "./families/family.js";
import { linkOf } from "./link-of.js";

/**
 * Gives each role of a recognised checkpoint to a feature of unbatch.yaml.
 * Errors: a role with no feature, a feature with no role, a tensor whose shape contradicts its role.
 */
export function bind(source: Source): Bound {
  const calibration = calibrationOf(source);
  const { trees } = source.checkpoint;
  if (trees !== undefined) {
    refuseBags(source);
    return bindLeaves(source, trees, calibration);
  }
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
  const isShifted = calibration.shift !== 0 || source.recognised.family === "als";
  const added = bias.length === 0 && isShifted ? { bias: calibration.shift } : {};
  const terms: TermSpec[] = [
    ...(bias.length > 0 || "bias" in added ? [{ kind: "bias", name: "bias" } as const] : []),
    ...linear.terms,
    ...dot.terms,
    ...factorisation.terms,
    ...networks.flatMap((network) => network.terms),
  ];
  const told = linkOf(source.checkpoint);
  const layout = networks.find((network) => network.layout !== undefined)?.layout;
  const bound: Bound = {
    terms,
    tables: [...bias, ...linear.tables, ...vectors, ...networks.flatMap(({ tables }) => tables)],
    assumed: [
      ...source.recognised.assumed,
      ...(told === undefined ? [] : [told.because]),
      ...networks.flatMap(({ assumed }) => assumed ?? []),
    ],
    norms: networks.flatMap(({ norms }) => norms ?? []),
    ...(layout === undefined ? {} : { layout }),
    calibration,
    ...added,
    ...(told === undefined ? {} : { link: told.link }),
  };
  if (calibration.scale !== 1) refuseUnscalable(source, terms);
  refuseUnboundFeatures(source, bound);
  refuseKept(source);
  return bound;
}

/** A factor of the score goes into the weights of terms that are linear in them. */
function refuseUnscalable({ where }: Source, terms: readonly TermSpec[]): void {
  const other = terms.find(({ kind }) => kind !== "bias" && kind !== "linear" && kind !== "dot");
  if (other === undefined) return;
  throw new UnbatchError({
    where: "checkpoint.calibration of unbatch.yaml",
    found: `a scale for the ${other.kind} term of ${where}`,
    expected: "a model of bias, linear and dot terms, or trees",
    next: "leave scale at 1, or learn on top of the calibrated score with an `offset` term",
  });
}

/** Trees split by one value. */
function refuseBags({ config }: Source): void {
  const feature = config.features.find(({ bag }) => bag !== undefined);
  if (feature === undefined) return;
  throw new UnbatchError({
    where: `features.${feature.name}.bag of unbatch.yaml`,
    found: "a bag, in a model of trees",
    expected: "features of one value a row",
    next: "take the bag out, as the training had it",
  });
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

/** What is missing has no place in a sum: the score would be no number. */
function refuseKept({ config, where }: Source): void {
  const kept = config.features.find(({ encoder }) => encoder.kind === "dense" && encoder.missing === "keep");
  if (kept === undefined) return;
  throw new UnbatchError({
    where: `features: ${kept.name} of unbatch.yaml, for ${where}`,
    found: "missing: keep, in a model without trees",
    expected: "a number for what is missing: trees alone know where it goes",
  });
}

function refuseUnboundFeatures({ config, checkpoint, where }: Source, { terms, tables }: Bound): void {
  const used = new Set(tables.flatMap(({ feature }) => feature ?? []));
  for (const term of terms) for (const feature of featuresOf(term)) used.add(feature);
  const unbound = config.features.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  if (unbound.length === 0) return;
  throw new UnbatchError({
    where,
    found: `no tensor for feature ${unbound.join(", ")} of unbatch.yaml`,
    expected: `one of ${[...checkpoint.tensors.keys()].slice(0, 12).join(", ")}`,
    next: `take the feature out of unbatch.yaml, or name its tensor: checkpoint.tensors: { linear/${unbound[0] ?? ""}: NAME }`,
  });
}
