import type { FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { baseName } from "../main-file.js";
import { readBundle } from "./bundle.js";
import { sortVariables } from "./variables.js";

/** A vocabulary asset larger than this is left alone. */
const MAX_ASSET_BYTES = 256 * 1024 * 1024;

/** TensorFlow: `model.ckpt-N` (index and data) and SavedModel folders; both are TensorBundles. */
export const tensorflow: SyncReader = {
  format: "tensorflow",
  recognises: (tree) => prefixes(tree).length > 0,
  read(tree): Checkpoint {
    const prefix = choosePrefix(tree);
    const { tensors, notes } = readBundle(tree, prefix);
    const { weights, slots, hyperparameters, notes: left } = sortVariables(tensors);
    const isSavedModel = tree.list().includes("saved_model.pb");
    return {
      format: isSavedModel ? "tensorflow-savedmodel" : "tensorflow-checkpoint",
      tensors: weights,
      slots,
      vocabularies: readAssets(tree),
      hyperparameters,
      notes: [...notes, ...left],
    };
  },
};

function prefixes(tree: FileTree): string[] {
  const names = tree.list();
  return names
    .filter(
      (name) =>
        name.endsWith(".index") && names.some((other) => other.startsWith(`${name.slice(0, -6)}.data-`)),
    )
    .map((name) => name.slice(0, -6));
}

/** The one prefix there is; of several the one the path names, or the one that the `checkpoint` file names. */
function choosePrefix(tree: FileTree): string {
  const found = prefixes(tree);
  const named = baseName(tree.path).replace(/\.(index|meta)$/, "");
  const exact = found.find((prefix) => baseName(prefix) === named);
  if (exact !== undefined) return exact;
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  const latest = latestPrefix(tree);
  const chosen = found.find((prefix) => prefix === latest);
  if (chosen !== undefined) return chosen;
  throw new UnbatchError({
    where: tree.path,
    found: `${found.length} checkpoints: ${found.join(", ")}`,
    expected: "one of them",
    next: `name it, for example ${tree.path}/${found[0] ?? "model.ckpt-1000"}`,
  });
}

/** `model_checkpoint_path: "model.ckpt-1000"`; only the name counts, a path in it is not followed. */
function latestPrefix(tree: FileTree): string | undefined {
  if (!tree.list().includes("checkpoint")) return undefined;
  const source = tree.open("checkpoint");
  const text = new TextDecoder().decode(source.read(0, Math.min(source.size, 10_000)));
  const path = /^model_checkpoint_path:\s*"([^"]*)"/m.exec(text)?.[1];
  return path === undefined ? undefined : baseName(path);
}

/** Text vocabularies of a SavedModel: one value a line, the line number is the row. */
function readAssets(tree: FileTree): Map<string, ReadonlyMap<string, number>> {
  const vocabularies = new Map<string, ReadonlyMap<string, number>>();
  for (const name of tree.list()) {
    if (!/^assets\/[^/]+$/.test(name)) continue;
    const source = tree.open(name);
    if (source.size > MAX_ASSET_BYTES) continue;
    const lines = new TextDecoder().decode(source.read(0, source.size)).split(/\r?\n/);
    if (lines[lines.length - 1] === "") lines.pop();
    const rows = new Map(lines.map((line, row) => [line, row]));
    if (rows.size === lines.length) vocabularies.set(name.slice("assets/".length), rows);
  }
  return vocabularies;
}
