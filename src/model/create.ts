import type { ModelSpec } from "../core/model-spec.js";
import type { OnlineModel } from "./model.js";

/** A model that has learned nothing: empty vocabularies, tables that begin by their new-row rules. */
export function newModel(spec: ModelSpec): OnlineModel {
  return { spec, vocabularies: new Map(), tensors: new Map() };
}
