import type { LogConfig } from "../../config/config.js";
import { families } from "../../config/schema.js";
import { writtenConfig } from "../../config/written.js";
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
import { graphName, type ServingGraph, type ServingInput } from "./serving-graph.js";
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
  notes: readonly string[];
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
 * The files of an export: the model in the format's own form, `features.json`, `vocab/<feature>.arrow`, and the
 * `unbatch.yaml` that converts it back where there is one.
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
  const back = convertsBack(model, record, tensors, vocabularies);
  const { family, terms, learner } = model.spec;
  const document: ExportDocument = {
    ...{ format, precision, family, link: learner.link, terms },
    features: featuresDocument(model, vocabularies),
    tensors,
    ...(inputs === undefined ? {} : { inputs }),
    notes:
      typeof back === "string"
        ? []
        : [`no unbatch.yaml to convert it back with: it does not say ${back.unsaid}`],
  };
  const all = new Map(files);
  if (typeof back === "string") all.set("unbatch.yaml", new TextEncoder().encode(back));
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
      return {
        ...ofGraph((graph) => tfjsModel(graph, tensors)),
        tensors: exported.map((one) =>
          tensorDocument(one, record, { ...one.tensor, name: graphName(one.tensor.name) }),
        ),
      };
    case "pytorch":
      return {
        files: new Map([["model.pt", stateDict(exported)]]),
        tensors: exported.map((one) => tensorDocument(one, record, parameterNamed(one))),
      };
  }
}

/** The unbatch.yaml that converts the export: every table has its tensor. An ALS's scores are logits by now. */
function convertsBack(
  { spec }: OnlineModel,
  record: ModelRecord,
  tensors: readonly TensorDocument[],
  vocabularies: ReadonlyMap<string, string>,
): ReturnType<typeof writtenConfig> {
  const named = spec.family === "als" ? "matrix-factorisation" : spec.family;
  const family = families.find((one) => one === named);
  const weights = tensors.filter(({ role }) => !role.includes(", slot "));
  const roles = Object.fromEntries(weights.map(({ role, name }) => [role, name]));
  // Written by unbatch, which parsed it.
  const log = record.log as LogConfig | undefined;
  return writtenConfig(spec, log, { family, tensors: roles }, vocabularies);
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
