import type { ModelSpec } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import type { Vocabulary } from "../core/vocabulary.js";
import type { DrawState } from "./negatives/draw-state.js";

/**
 * A model at rest: what the folder on disk holds and what `convert` produces.
 * Tensors are `<table>/weight` and `<table>/<slot>` (slots: `accumulator` for Adagrad, `n` and `z` for FTRL),
 * each of shape [rows, width]. Table names: see tableName.
 */
export interface OnlineModel {
  spec: ModelSpec;
  vocabularies: ReadonlyMap<string, Vocabulary>;
  tensors: ReadonlyMap<string, Tensor>;
  /** Of a model that learned from positives alone. */
  draws?: DrawState;
}
