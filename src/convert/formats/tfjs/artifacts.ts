import type { FileTree } from "../../../core/bytes.js";
import type { TfjsArtifacts } from "../../../core/framework-model.js";
import { type Json, member, parseJson } from "../json.js";
import { mainFile } from "../main-file.js";
import { groupsOf, NAME, shardsOf, signatureOf } from "./reader.js";

/** Sizes that a layer makes weights or copies of. */
const SIZES: ReadonlySet<string> = new Set(["units", "input_dim", "output_dim", "n", "size"]);

/**
 * What TensorFlow.js is given of a model that was read before: the parsed document and the shards, by the same rules for
 * paths. In words why not, where a layer has a size that no weight has: it would be allocated before it is compared.
 */
export function tfjsArtifacts(tree: FileTree, largest: number): TfjsArtifacts | string {
  const name = mainFile(tree, NAME) ?? "";
  const source = tree.open(name);
  const bytes = source.read(0, source.size);
  const parsed = parseJson(bytes, source.name);
  const topology = member(parsed, "modelTopology");
  const size = sizeAbove(topology, largest);
  if (size !== undefined) return `its topology has ${size}, and no weight has an axis above ${largest}`;
  const shards = groupsOf(parsed, source.name).flatMap((group) => shardsOf(group, tree, name, source.name));
  const weights = new Uint8Array(shards.reduce((sum, shard) => sum + shard.size, 0));
  let at = 0;
  for (const shard of shards) {
    weights.set(shard.read(0, shard.size), at);
    at += shard.size;
  }
  return {
    kind: Array.isArray(member(topology, "node")) ? "graph" : "layers",
    topology: plain(topology),
    signature: plain(signatureOf(parsed)),
    specs: groupsOf(parsed, source.name).flatMap((group) =>
      [member(group, "weights") ?? []].flat().map(plain),
    ),
    weights,
  };
}

/** As the package expects it. */
function plain(value: Json | undefined): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, one]) => [key, plain(one)])) : value;
}

function sizeAbove(value: Json | undefined, largest: number): string | undefined {
  if (Array.isArray(value)) {
    for (const one of value) {
      const found = sizeAbove(one, largest);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!(value instanceof Map)) return undefined;
  for (const [key, one] of value) {
    const numbers = SIZES.has(key) ? [one].flat() : [];
    const above = numbers.find((number) => typeof number === "number" && number > largest);
    const found = above === undefined ? sizeAbove(one, largest) : `${key} ${String(above)}`;
    if (found !== undefined) return found;
  }
  return undefined;
}
