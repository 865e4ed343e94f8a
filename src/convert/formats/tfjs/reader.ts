import type { ByteSource, FileTree } from "../../../core/bytes.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { type Json, member, parseJson } from "../json.js";
import { kerasGraph } from "../keras-graph.js";
import { headText, mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";
import { tfjsGraph } from "./graph.js";
import { readWeight, type StoredWeight, valuesOf } from "./weight.js";

export const NAME: RegExp = /(^|\/)model\.json$/i;
const MAX_MANIFEST_BYTES = 1 << 28;

/** TensorFlow.js: Layers and Graph models, a `model.json` and the shards that its weightsManifest names. */
export const tfjs: SyncReader = {
  format: "tfjs",
  recognises(tree) {
    const name = mainFile(tree, NAME);
    if (name === undefined || !/\.json$/i.test(name)) return false;
    const source = tree.open(name);
    if (source.size > MAX_MANIFEST_BYTES || !/^\s*\{/.test(headText(source, 100))) return false;
    return headText(source, source.size).includes('"weightsManifest"');
  },
  read(tree): Checkpoint {
    const name = mainFile(tree, NAME) ?? "";
    const source = tree.open(name);
    const model = parseJson(source.read(0, source.size), source.name);
    const tensors = new Map<string, Tensor>();
    const notes: string[] = [];
    for (const group of groupsOf(model, source.name))
      readGroup(group, shardsOf(group, tree, name, source.name), source.name, tensors, notes);
    const isGraph =
      member(model, "format") === "graph-model" || Array.isArray(member(model, "modelTopology", "node"));
    const topology = member(model, "modelTopology");
    // tfjs-converter keeps what Keras wrote under model_config; tfjs itself writes it as it is.
    const graph = isGraph
      ? tfjsGraph(model, tensors)
      : kerasGraph(member(topology, "model_config") ?? topology, tensors);
    return {
      format: isGraph ? "tfjs-graph" : "tfjs-layers",
      tensors,
      ...(graph === undefined ? {} : { graph }),
      slots: [],
      vocabularies: new Map(),
      hyperparameters: new Map(),
      notes,
    };
  },
};

/** Older converters keep it with the user's own metadata. */
export function signatureOf(model: Json): Json | undefined {
  return member(model, "userDefinedMetadata", "signature") ?? member(model, "signature");
}

/** Error: not a TensorFlow.js model. */
export function groupsOf(model: Json, file: string): Json[] {
  const groups = member(model, "weightsManifest");
  if (Array.isArray(groups)) return groups;
  throw malformed(file, 0, "no weightsManifest", "a TensorFlow.js model");
}

/** The files of a group, beside `model.json` or below it. Error: a path that leads elsewhere. */
export function shardsOf(group: Json, tree: FileTree, name: string, file: string): ByteSource[] {
  const paths = member(group, "paths");
  if (!Array.isArray(paths)) throw malformed(file, 0, "a group without paths", "its shards");
  const folder = name.replace(/[^/]*$/, "");
  return paths.map((path) => tree.open(folder + pathInside(path, file)));
}

/** Weights of a group stand one after the other in its shards, which are one run of bytes. */
function readGroup(
  group: Json,
  shards: readonly ByteSource[],
  file: string,
  into: Map<string, Tensor>,
  notes: string[],
): void {
  const weights = member(group, "weights");
  if (!Array.isArray(weights)) throw malformed(file, 0, "a group without weights", "its entries");
  const total = shards.reduce((sum, { size }) => sum + size, 0);
  let at = 0;
  for (const entry of weights) {
    const weight = readWeight(entry, file);
    const from = at;
    at += weight.bytes;
    if (at > total)
      throw malformed(file, 0, `${weight.name} at ${from} to ${at}`, `its shards of ${total} bytes`);
    if (into.has(weight.name)) throw malformed(file, 0, `the weight ${weight.name} twice`, "each name once");
    into.set(weight.name, tensorOf(weight, from, shards));
    if (weight.note !== undefined) notes.push(weight.note);
  }
  if (at !== total) throw malformed(file, 0, `shards of ${total} bytes`, `${at}, as the manifest says`);
}

function tensorOf(weight: StoredWeight, from: number, shards: readonly ByteSource[]): Tensor {
  const { name, shape, dtype, bytes } = weight;
  return { name, shape, dtype, values: () => valuesOf(weight, readAcross(shards, from, bytes)) };
}

function readAcross(shards: readonly ByteSource[], from: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let start = 0;
  for (const shard of shards) {
    const [first, last] = [Math.max(from, start), Math.min(from + length, start + shard.size)];
    if (first < last) out.set(shard.read(first - start, last - first), first - from);
    start += shard.size;
  }
  return out;
}

/** A plain relative name; nothing that leads elsewhere. */
function pathInside(path: Json, file: string): string {
  const parts = typeof path === "string" ? path.split("/") : [""];
  if (
    typeof path === "string" &&
    !/[\\\0:]/.test(path) &&
    !parts.some((part) => ["", ".", ".."].includes(part))
  )
    return path;
  throw malformed(
    file,
    0,
    `the path ${JSON.stringify(String(path)).slice(0, 80)}`,
    "a file beside model.json",
  );
}
