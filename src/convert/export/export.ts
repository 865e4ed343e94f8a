import { UnbatchError } from "../../core/errors.js";
import type { Precision } from "../../core/model-spec.js";
import type { Tensor } from "../../core/tensor.js";
import type { VocabularyCodec } from "../../core/vocabulary.js";
import { vocabularyFile } from "../../model/folder.js";
import type { OnlineModel } from "../../model/model.js";
import type { ModelRecord } from "../../model/record.js";
import { encodeSafetensors } from "../../model/safetensors.js";
import { type ExportedTensor, exportedTensors, type TensorDocument, tensorDocument } from "./exported.js";
import { type FeatureDocument, featuresDocument } from "./features-document.js";
import { onnxModel } from "./onnx.js";
import { parameterNamed, stateDict } from "./pytorch/state-dict.js";
import { scoreGraph } from "./score-graph.js";
import type { ServingGraph, ServingInput } from "./serving-graph.js";
import { tfjsModel } from "./tfjs.js";

export const exportFormats = ["safetensors", "pytorch", "onnx", "tfjs"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** features.json: what a serving program has to know of the files beside it. */
export interface ExportDocument {
  format: ExportFormat;
  precision: Precision;
  family: string;
  link: string;
  terms: OnlineModel["spec"]["terms"];
  features: FeatureDocument[];
  tensors: TensorDocument[];
  /** Of a graph. */
  inputs?: readonly ServingInput[];
}

export interface ExportOptions {
  format: ExportFormat;
  precision: Precision;
  /** Optimizer memory too. */
  slots: boolean;
}

interface Written {
  files: ReadonlyMap<string, Uint8Array>;
  tensors: TensorDocument[];
  inputs?: readonly ServingInput[];
}

/**
 * The files of an export: the model in the format's own form, `features.json`, and `vocab/<feature>.arrow`.
 * Errors: float64 or slots asked of a format that has none; a term or a weight that the format cannot hold.
 */
export function exportModel(
  model: OnlineModel,
  record: ModelRecord,
  codec: VocabularyCodec,
  options: ExportOptions,
): { files: Map<string, Uint8Array>; document: ExportDocument } {
  const { format, precision } = options;
  refuseMore(options);
  const exported = exportedTensors(model, { slots: options.slots, float32: precision === "float32" });
  const vocabularies = new Map(
    [...model.vocabularies.keys()].map((feature) => [feature, vocabularyFile(feature)]),
  );
  const { files, tensors, inputs } = write(format, model, record, exported);
  const { family, terms, learner } = model.spec;
  const document: ExportDocument = {
    ...{ format, precision, family, link: learner.link, terms },
    features: featuresDocument(model, vocabularies),
    tensors,
    ...(inputs === undefined ? {} : { inputs }),
  };
  const all = new Map(files);
  for (const [feature, vocabulary] of model.vocabularies)
    all.set(vocabularies.get(feature) ?? "", codec.encode(vocabulary));
  const json = { schema: "unbatch.export", version: 1, ...document };
  all.set("features.json", new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`));
  return { files: all, document };
}

function write(
  format: ExportFormat,
  model: OnlineModel,
  record: ModelRecord,
  exported: readonly ExportedTensor[],
): Written {
  const tensors = new Map(exported.map(({ tensor }): [string, Tensor] => [tensor.name, tensor]));
  const documents = exported.map((one) => tensorDocument(one, record));
  const ofGraph = (files: (graph: ServingGraph) => ReadonlyMap<string, Uint8Array>): Written => {
    const graph = scoreGraph(model.spec);
    return { files: files(graph), tensors: documents, inputs: graph.inputs };
  };
  switch (format) {
    case "safetensors":
      return { files: new Map([["model.safetensors", encodeSafetensors(tensors)]]), tensors: documents };
    case "onnx":
      return ofGraph((graph) => new Map([["model.onnx", onnxModel(graph, tensors)]]));
    case "tfjs":
      return ofGraph((graph) => tfjsModel(graph, tensors));
    case "pytorch":
      return {
        files: new Map([["model.pt", stateDict(exported)]]),
        tensors: exported.map((one) => tensorDocument(one, record, parameterNamed(one))),
      };
  }
}

function refuseMore({ format, precision, slots }: ExportOptions): void {
  const isGraph = format === "onnx" || format === "tfjs";
  const what =
    slots && format !== "safetensors"
      ? "--slots"
      : isGraph && precision === "float64"
        ? "--precision float64"
        : undefined;
  if (what === undefined) return;
  throw new UnbatchError({
    found: `${what} with --to ${format}`,
    expected:
      what === "--slots"
        ? "weights alone, as a serving program reads them"
        : "float32, which its operators compute in",
    next: "unbatch export MODEL --to safetensors has both",
  });
}
