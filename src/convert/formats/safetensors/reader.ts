import type { FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import { nearestName } from "../../../core/nearest.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { type Json, member, parseJson } from "../json.js";
import { mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";
import { readSafetensors, type SafetensorsFile } from "./header.js";
import { setSlotsApart } from "./own-slots.js";

const INDEX = /\.safetensors\.index\.json$/i;
const MAX_INDEX_BYTES = 100_000_000;

/** safetensors: one file, or the shards of a `*.safetensors.index.json`. */
export const safetensors: SyncReader = {
  format: "safetensors",
  recognises: (tree) => indexFile(tree) !== undefined || singleFile(tree) !== undefined,
  read(tree): Checkpoint {
    const index = indexFile(tree);
    const { tensors, notes } =
      index === undefined ? readSafetensors(tree.open(singleFile(tree) ?? "")) : readShards(tree, index);
    return {
      format: "safetensors",
      ...setSlotsApart(tensors),
      vocabularies: new Map(),
      hyperparameters: new Map(),
      notes,
    };
  },
};

function indexFile(tree: FileTree): string | undefined {
  const name = mainFile(tree, INDEX);
  return name !== undefined && INDEX.test(name) ? name : undefined;
}

/** By its name, or by a length and an opening brace. */
function singleFile(tree: FileTree): string | undefined {
  const name = mainFile(tree, /\.safetensors$/i);
  if (name === undefined || /\.safetensors$/i.test(name)) return name;
  const source = tree.open(name);
  if (source.size < 10) return undefined;
  const head = source.read(0, 10);
  const length = new DataView(head.buffer, head.byteOffset, 10).getBigUint64(0, true);
  return head[8] === 0x7b && head[9] === 0x22 && length <= BigInt(source.size - 8) ? name : undefined;
}

function readShards(tree: FileTree, index: string): SafetensorsFile {
  const source = tree.open(index);
  if (source.size > MAX_INDEX_BYTES)
    throw malformed(source.name, 0, `${source.size} bytes`, `an index of at most ${MAX_INDEX_BYTES}`);
  const map = member(parseJson(source.read(0, source.size), source.name), "weight_map");
  if (!(map instanceof Map)) throw malformed(source.name, 0, "no weight_map", "tensor names and their files");
  const folder = index.replace(/[^/]*$/, "");
  const shards = new Map<string, SafetensorsFile>();
  const tensors = new Map<string, Tensor>();
  for (const [name, file] of map) {
    const shard = shardNamed(file, source.name);
    const opened = shards.get(shard) ?? readSafetensors(tree.open(folder + shard));
    shards.set(shard, opened);
    const tensor = opened.tensors.get(name);
    if (tensor !== undefined) tensors.set(name, tensor);
    else if (!opened.notes.some((note) => note.startsWith(`${name}: `)))
      throw absent(tree, shard, name, opened);
  }
  return { tensors, notes: [...new Set([...shards.values()].flatMap(({ notes }) => notes))] };
}

/** A name in the index's own folder; nothing that leads elsewhere. */
function shardNamed(file: Json, index: string): string {
  if (typeof file === "string" && /^[^/\\\0]+$/.test(file) && file !== "..") return file;
  throw malformed(
    index,
    0,
    `the file ${JSON.stringify(String(file)).slice(0, 80)}`,
    "a file beside the index",
  );
}

function absent(tree: FileTree, shard: string, name: string, { tensors }: SafetensorsFile): UnbatchError {
  const nearest = nearestName(name, [...tensors.keys()]);
  return new UnbatchError({
    where: `${tree.path}, ${shard}`,
    found: `no tensor ${JSON.stringify(name)}, which the index places there`,
    expected: nearest === undefined ? "the shards that belong to this index" : `perhaps ${nearest}`,
    next: "copy index and shards together again",
  });
}
