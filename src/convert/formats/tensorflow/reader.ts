import type { ByteSource, FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { checkNames } from "../check-names.js";
import { distinctIds } from "../distinct-ids.js";
import { baseName } from "../main-file.js";
import { malformed } from "../malformed.js";
import { readBundle } from "./bundle.js";
import { readSavedModel } from "./graph/graph-def.js";
import { type TracedInputs, traceInputs } from "./graph/inputs.js";
import { EndlessGraph } from "./graph/places.js";
import { readFullNames } from "./object-graph.js";
import { sortVariables } from "./variables.js";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const SAVED_MODEL = "saved_model.pb";
/** A vocabulary asset larger than this is left alone. */
const MAX_ASSET_BYTES = 256 * 1024 * 1024;

/** TensorFlow: `model.ckpt-N` (index and data) and SavedModel folders; both are TensorBundles. */
export const tensorflow: SyncReader = {
  format: "tensorflow",
  recognises: (tree) => prefixes(tree).length > 0,
  read(tree): Checkpoint {
    const prefix = choosePrefix(tree);
    const { tensors, texts, notes } = readBundle(tree, prefix);
    checkNames(tensors.keys(), `${prefix}.index`);
    const leftTables: string[] = [];
    const tables = takeTables(tensors, texts, leftTables);
    const fullNames = readObjectGraph(texts, `${prefix}.index`);
    const { weights, slots, hyperparameters, notes: left } = sortVariables(tensors, fullNames);
    const isSavedModel = tree.list().includes(SAVED_MODEL);
    const vocabularies = new Map([...readAssets(tree, leftTables), ...tables]);
    const traced = isSavedModel ? readInputs(tree.open(SAVED_MODEL), vocabularies) : undefined;
    return {
      format: isSavedModel ? "tensorflow-savedmodel" : "tensorflow-checkpoint",
      tensors: weights,
      slots,
      vocabularies,
      hyperparameters,
      ...(traced === undefined ? {} : { inputs: traced.inputs }),
      ...(traced === undefined ? {} : graphOf(traced)),
      notes: [
        ...notes,
        ...[...texts.keys()]
          .filter((name) => name !== OBJECT_GRAPH)
          .map((name) => `${name}: string, left alone`),
        ...left,
        ...leftTables,
        ...(traced?.notes ?? []),
      ],
    };
  },
};

function graphOf({ graph }: TracedInputs): Pick<Checkpoint, "graph" | "beyondGraph"> {
  return typeof graph === "string" ? { beyondGraph: graph } : { graph };
}

const OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";

function readObjectGraph(texts: ReadonlyMap<string, () => Uint8Array[]>, where: string): Map<string, string> {
  const [graph] = texts.get(OBJECT_GRAPH)?.() ?? [];
  try {
    return graph === undefined ? new Map() : readFullNames(graph);
  } catch (error) {
    if (error instanceof RangeError) throw malformed(where, 0, error.message, "an object graph");
    throw error;
  }
}

/** Lookup tables that are saved with the variables, as keys and values: taken from the tensors. */
function takeTables(
  tensors: Map<string, Tensor>,
  texts: Map<string, () => Uint8Array[]>,
  notes: string[],
): Map<string, ReadonlyMap<string, number>> {
  const tables = new Map<string, ReadonlyMap<string, number>>();
  for (const [name, keys] of texts) {
    const base = /^(.+)-keys$/.exec(name)?.[1];
    const values = tensors.get(`${base}-values`);
    if (base === undefined || values === undefined) continue;
    const rows = values.values();
    const ids = keys().map((bytes) => utf8.decode(bytes));
    const uneven = ids.length === rows.length ? undefined : `${ids.length} keys and ${rows.length} values`;
    const table = uneven ?? distinctIds(ids.map((id, at) => [id, Number(rows[at])]));
    if (typeof table === "string") {
      notes.push(`${base}: ${table}: left alone`);
      continue;
    }
    tables.set(base, table);
    tensors.delete(values.name);
    texts.delete(name);
  }
  return tables;
}

/** Vocabularies that stand in the graph are added to those of the assets. */
function readInputs(
  source: ByteSource,
  vocabularies: Map<string, ReadonlyMap<string, number>>,
): TracedInputs {
  const graph = readSavedModel(source);
  const unread = (why: string): TracedInputs => ({
    ...{ inputs: [], graph: why },
    notes: [`${source.name}: ${why}`],
  });
  if (graph === undefined) return unread(`${source.size} bytes, not looked into`);
  try {
    return traceInputs(graph, vocabularies);
  } catch (error) {
    if (error instanceof EndlessGraph) return unread(`${error.message} of calls, not traced`);
    if (error instanceof RangeError)
      throw malformed(source.name, 0, error.message, "a graph of a SavedModel");
    throw error;
  }
}

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
function readAssets(tree: FileTree, notes: string[]): Map<string, ReadonlyMap<string, number>> {
  const vocabularies = new Map<string, ReadonlyMap<string, number>>();
  for (const name of tree.list()) {
    if (!/^assets\/[^/]+$/.test(name)) continue;
    const source = tree.open(name);
    if (source.size > MAX_ASSET_BYTES) continue;
    // TensorFlow drops every \r of a line.
    const lines = utf8.decode(source.read(0, source.size)).replaceAll("\r", "").split("\n");
    if (lines[lines.length - 1] === "") lines.pop();
    const asset = name.slice("assets/".length);
    const rows = distinctIds(lines.map((line, row) => [line, row]));
    if (typeof rows === "string") notes.push(`${asset}: ${rows}: left alone`);
    else vocabularies.set(asset, rows);
  }
  return vocabularies;
}
