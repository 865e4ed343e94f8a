import type { Config } from "../config/config.js";
import { emptyEncoderSpec } from "../config/encoder-spec.js";
import { termSpec } from "../config/term-spec.js";
import type { TermSpec } from "../core/model-spec.js";
import { type TableShape, tableShapes } from "../core/table-shapes.js";
import { type Bound, type BoundTable, type Source, type SourceLayout, tensorOfShape } from "./bound.js";
import { calibrationOf } from "./calibration.js";
import type { Checkpoint } from "./checkpoint.js";
import type { Recognised, Role } from "./families/family.js";
import { pairsOf } from "./pairs.js";
import { roleTold } from "./recognise.js";

/**
 * Where `model.terms` and `checkpoint.tensors` of unbatch.yaml say all there is to a model (a tensor for each table of each
 * term, no other roles), nothing is recognised: any sum of terms is taken as it is told. Layers may lack biases. Undefined
 * where they say less. Errors: a tensor that is not there.
 */
export function recognisedAsTold(checkpoint: Checkpoint, config: Config): Recognised | undefined {
  const { tensors = {}, interaction, family = "as-told" } = config.checkpoint ?? {};
  const shapes = shapesOf(config);
  const names = new Set(shapes.map(({ name }) => name));
  const isWhole = shapes.every(({ name }) => Object.hasOwn(tensors, name) || isLayerBias(name));
  const isAlone = Object.keys(tensors).every((role) => names.has(role));
  if (shapes.length === 0 || interaction !== undefined || !isWhole || !isAlone) return undefined;
  const roles = Object.entries(tensors).map(([role, tensor]) => roleTold(checkpoint, role, tensor));
  const used = new Set(roles.map(({ tensor }) => tensor));
  return {
    ...{ family, roles, assumed: [], inputs: new Map(), otherHeads: [], sharedTensors: new Set() },
    evidence: ["model.terms and checkpoint.tensors of unbatch.yaml say every table"],
    unused: [...checkpoint.tensors.values()].flatMap(({ name, dtype }) =>
      /float|double|half/.test(dtype) && !used.has(name) ? [name] : [],
    ),
  };
}

/** Each table of the told terms and its tensor. Error: a tensor of another shape. */
export function bindTold(source: Source): Bound {
  const { recognised, config } = source;
  const terms = termsOf(config);
  const tables = shapesOf(config).flatMap((shape): BoundTable[] => {
    const role = recognised.roles.find((one) => one.role === shape.name);
    return role === undefined ? [] : [tableOf(source, role, shape)];
  });
  const layout = terms.map(layoutOf).find((one) => one !== undefined);
  return {
    ...{ terms, tables, assumed: [], norms: [], calibration: calibrationOf(source) },
    ...(layout === undefined ? {} : { layout }),
  };
}

function tableOf(source: Source, role: Role, { name, term, width, rows }: TableShape): BoundTable {
  const shape = source.checkpoint.tensors.get(role.tensor)?.shape ?? [];
  const feature = typeof rows === "number" ? {} : { feature: rows.feature };
  const own = typeof rows === "number" ? rows : (shape[role.layout === "transposed" ? 1 : 0] ?? 0);
  // A square kernel stands as its name says, another as its shape does.
  const isSquare = own === width;
  const isTurned = !isSquare && shape[0] === width && shape[1] === own;
  const isUpright = !isSquare && shape[0] === own && shape[1] === width;
  const layout = isTurned ? "transposed" : isUpright ? "rows" : role.layout;
  const expected = layout === "transposed" ? [width, own] : [own, width];
  const flat = own === 1 || width === 1 ? [[own * width]] : [];
  tensorOfShape(source, role, [expected, ...flat, ...(own * width === 1 ? [[]] : [])], "as model.terms says");
  return {
    ...{ table: name, term, role: role.role, tensor: role.tensor, layout },
    ...{ firstRow: 0, rows: own, width, ...feature },
  };
}

/** The online term's own order: there is no other. */
function layoutOf(term: TermSpec): SourceLayout | undefined {
  if (term.kind !== "interaction") return undefined;
  const vectors = [...(term.dense.length > 0 ? [undefined] : []), ...term.features];
  const above: SourceLayout["above"] = [
    ...(term.dense.length > 0 ? (["dense"] as const) : []),
    ...(term.above === "vectors" ? (["vectors"] as const) : []),
    "products",
  ];
  return { vectors, pairs: pairsOf(vectors.length, "lower"), above };
}

function termsOf({ model }: Config): TermSpec[] {
  return model?.terms.map(termSpec) ?? [];
}

/**
 * None where a linear term or a bias is not called so, or another term is: tables are known by these names. Nor with an
 * offset, which no checkpoint has.
 */
function shapesOf(config: Config): TableShape[] {
  const terms = termsOf(config);
  const isPlain = ({ kind, name }: TermSpec): boolean =>
    kind !== "offset" &&
    ([kind, name].some((one) => one === "linear" || one === "bias") ? kind === name : true);
  if (!terms.every(isPlain)) return [];
  const features = config.features.map(({ name, column = name, encoder }) => ({
    ...{ name, column },
    encoder: emptyEncoderSpec(encoder),
  }));
  return terms.flatMap((term) => tableShapes(term, { features }));
}

function isLayerBias(table: string): boolean {
  return /\/(cross_)?bias_\d+$/.test(table);
}
