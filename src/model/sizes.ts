import { encoderRows } from "../core/encoder-rows.js";
import type { EncoderSpec, FeatureSpec } from "../core/model-spec.js";
import { tableShapes } from "../core/table-shapes.js";
import type { OnlineModel } from "./model.js";
import type { FeatureSize } from "./state.js";

/** Rows that a feature's tables begin with: the widest its tensors, its vocabulary or its encoder call for. */
export function featureSizes(model: OnlineModel): Map<string, FeatureSize> {
  const sizes = new Map<string, FeatureSize>();
  for (const feature of model.spec.features) {
    if (feature.encoder.kind === "dense") continue;
    sizes.set(feature.name, { rows: rowsOf(model, feature), unknownRow: unknownRowOf(feature.encoder) });
  }
  return sizes;
}

function rowsOf(model: OnlineModel, feature: FeatureSpec): number {
  const { encoder, name } = feature;
  let rows = rowsAtLeast(encoder);
  for (const row of model.vocabularies.get(name)?.rows ?? []) rows = Math.max(rows, row + 1);
  for (const shape of model.spec.terms.flatMap((term) => tableShapes(term, model.spec))) {
    if (typeof shape.rows === "number" || shape.rows.feature !== name) continue;
    rows = Math.max(rows, model.tensors.get(`${shape.name}/weight`)?.shape[0] ?? 0);
  }
  return rows;
}

function rowsAtLeast(encoder: EncoderSpec): number {
  if (encoder.kind !== "vocabulary") return encoderRows(encoder);
  if (encoder.unknown.rule === "hash") return encoder.unknown.first + encoder.unknown.buckets;
  return encoder.unknown.rule === "reject" ? 0 : encoder.unknown.row + 1;
}

/** The row of an id that has none; -1 where the encoder never asks (every code is a row). */
function unknownRowOf(encoder: EncoderSpec): number {
  return encoder.kind === "vocabulary" && encoder.unknown.rule === "grow" ? encoder.unknown.row : -1;
}
