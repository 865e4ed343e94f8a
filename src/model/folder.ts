import { createHash, type Hash } from "node:crypto";
import { type ByteSource, byteStretches, collectBytes } from "../core/bytes.js";
import { UnbatchError } from "../core/errors.js";
import type { ModelSpec } from "../core/model-spec.js";
import type { Vocabulary, VocabularyCodec } from "../core/vocabulary.js";
import type { OnlineModel } from "./model.js";
import { DRAW_FILES, decodeDraws, encodeDraws } from "./negatives/draw-files.js";
import type { ModelRecord } from "./record.js";
import { decodeSafetensors, safetensorsParts } from "./safetensors.js";

/** Raised when the layout of the folder changes; older versions are refused with the command that mends it. */
export const MODEL_SCHEMA_VERSION = 1;

interface ModelDocument {
  schema: "unbatch.model";
  version: number;
  model: ModelSpec;
  record: ModelRecord;
  /** Vocabulary file of each feature that has one. */
  vocabularies: Record<string, string>;
  /** sha256 of every other file, in hex. */
  files: Record<string, string>;
}

/** Takes one file of the folder, in parts that are made as they are asked for. */
export type PutParts = (name: string, parts: Iterable<Uint8Array>) => void;

/**
 * The folder of an online model: state.safetensors, vocab/<feature>.arrow, draws/ where negatives were drawn, model.json.
 * Equal models are equal bytes.
 */
export function writeModel(
  model: OnlineModel,
  codec: VocabularyCodec,
  record: ModelRecord,
  put: PutParts,
): void {
  const files: Record<string, string> = {};
  const putSummed: PutParts = (name, parts) => {
    const sum = createHash("sha256");
    put(name, summed(parts, sum));
    files[name] = sum.digest("hex");
  };
  putSummed("state.safetensors", safetensorsParts(model.tensors));
  const vocabularies: Record<string, string> = {};
  for (const [feature, vocabulary] of model.vocabularies) {
    const name = vocabularyFile(feature);
    vocabularies[feature] = name;
    putSummed(name, [codec.encode(vocabulary)]);
  }
  if (model.draws !== undefined)
    for (const [name, bytes] of encodeDraws(model.draws, codec)) putSummed(name, [bytes]);
  const document: ModelDocument = {
    schema: "unbatch.model",
    version: MODEL_SCHEMA_VERSION,
    model: model.spec,
    record,
    vocabularies,
    files,
  };
  put("model.json", [new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`)]);
}

function* summed(parts: Iterable<Uint8Array>, sum: Hash): Generator<Uint8Array> {
  for (const part of parts) {
    updateSum(sum, part);
    yield part;
  }
}

/** The same in memory. */
export function encodeModel(
  model: OnlineModel,
  codec: VocabularyCodec,
  record: ModelRecord,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  writeModel(model, codec, record, (name, parts) => files.set(name, collectBytes(parts)));
  return files;
}

/**
 * The model of a folder; numbers of the state are read from its file when they are asked for. Errors: no model.json,
 * another schema version, a file whose checksum is not the one recorded.
 */
export function decodeModel(
  open: (name: string) => ByteSource,
  codec: VocabularyCodec,
  where: string,
): { model: OnlineModel; record: ModelRecord } {
  const whole = (name: string): Uint8Array => {
    const source = open(name);
    return source.read(0, source.size);
  };
  const document = parseDocument(whole("model.json"), where);
  const check = (name: string, bytes: Iterable<Uint8Array>): void => {
    const sum = sha256(bytes);
    if (sum === document.files[name]) return;
    throw new UnbatchError(
      {
        where: `${where}/${name}`,
        found: `sha256 ${sum}`,
        expected: `${document.files[name] ?? "none"}, as model.json says`,
        next: "restore the folder, or make the model again with unbatch convert",
      },
      3,
    );
  };
  const checked = (name: string): Uint8Array => {
    const bytes = whole(name);
    check(name, [bytes]);
    return bytes;
  };
  const vocabularies = new Map<string, Vocabulary>();
  for (const [feature, name] of Object.entries(document.vocabularies)) {
    vocabularies.set(feature, codec.decode(checked(name), `${where}/${name}`));
  }
  const state = open("state.safetensors");
  check("state.safetensors", byteStretches(state));
  const tensors = decodeSafetensors(state, `${where}/state.safetensors`);
  const { model: spec, record, files } = document;
  const itemFeatures = spec.learner.negatives?.itemFeatures ?? [];
  const draws = DRAW_FILES.state in files ? decodeDraws(checked, codec, itemFeatures, where) : undefined;
  return { model: { spec, vocabularies, tensors, ...(draws === undefined ? {} : { draws }) }, record };
}

function parseDocument(bytes: Uint8Array, where: string): ModelDocument {
  let document: Partial<ModelDocument> | undefined;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes)) as Partial<ModelDocument>;
  } catch {
    // reported below
  }
  const problem = problemOf(document);
  if (problem === undefined) return document as ModelDocument;
  throw new UnbatchError({
    where: `${where}/model.json`,
    found: problem,
    expected: `an unbatch.model document of version ${MODEL_SCHEMA_VERSION}`,
    next: "make the model again with unbatch convert",
  });
}

/** Another document or version, the first part that is missing, or a vocabulary outside of the folder. */
function problemOf(document: Partial<ModelDocument> | undefined): string | undefined {
  if (document?.schema !== "unbatch.model") return "no unbatch.model document";
  if (document.version !== MODEL_SCHEMA_VERSION) return `version ${document.version}`;
  const isObject = (part: unknown): boolean => typeof part === "object" && part !== null;
  const parts = ["model", "record", "vocabularies", "files"] as const;
  const missing = parts.find((part) => !isObject(document[part]));
  if (missing !== undefined) return `no ${missing}`;
  const names: unknown[] = Object.values(document.vocabularies ?? {});
  const outside = names.find((name) => typeof name !== "string" || !/^vocab\/[^/\\]+\.arrow$/.test(name));
  return outside === undefined ? undefined : `the vocabulary ${JSON.stringify(outside)}`;
}

/** Feature names become file names: anything but letters, digits, `-` and `_` is percent-encoded, dots too. */
export function vocabularyFile(feature: string): string {
  return `vocab/${encodeURIComponent(feature).replaceAll(".", "%2E").replaceAll("*", "%2A")}.arrow`;
}

/** A hash takes less than 2 GB at once. */
const HASHED_AT_ONCE_BYTES = 2 ** 30;

function sha256(parts: Iterable<Uint8Array>): string {
  const sum = createHash("sha256");
  for (const part of parts) updateSum(sum, part);
  return sum.digest("hex");
}

function updateSum(sum: Hash, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE_BYTES)
    sum.update(bytes.subarray(at, at + HASHED_AT_ONCE_BYTES));
}
