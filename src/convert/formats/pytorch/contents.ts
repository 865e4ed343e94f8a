import { Opaque, type PickleValue, StoredTensor, Tuple } from "./pickle-value.js";

/** Deeper than any checkpoint nests; a cycle ends here too. */
const MAX_DEPTH = 8;
const stateKeys = [
  "model_state_dict",
  "state_dict",
  "model",
  "net",
  "network",
  "weights",
  "params",
  "module",
];
const optimizerKeys = ["optimizer_state_dict", "optimizer", "optim", "opt", "optimizer_state"];

/** What a saved object holds, found by its shape and by the names people use. */
export interface Contents {
  /** In the file's own order. */
  tensors: Map<string, StoredTensor>;
  optimizer: Map<PickleValue, PickleValue> | undefined;
  vocabularies: Map<string, Map<string, number>>;
  /** Classes that were left closed. */
  opaque: Set<string>;
}

export function findContents(root: PickleValue): Contents {
  const contents: Contents = {
    tensors: new Map(),
    optimizer: undefined,
    vocabularies: new Map(),
    opaque: new Set(),
  };
  const top = asMap(root);
  contents.optimizer = optimizerKeys
    .map((key) => asMap(top?.get(key)))
    .find((map) => map?.has("param_groups"));
  collectTensors(findStateDict(root), "", contents.tensors, 0);
  collectVocabularies(root, "", contents, 0);
  return contents;
}

/** The mapping that holds the weights: the object itself, or under one of the usual keys. */
function findStateDict(root: PickleValue): PickleValue {
  const top = asMap(root);
  if (top === undefined || [...top.values()].some((value) => value instanceof StoredTensor)) return root;
  for (const key of stateKeys) {
    const inner = top.get(key);
    if (inner !== undefined && countTensors(inner, 0) > 0) return findStateDict(inner);
  }
  const held = [...top].filter(
    ([key, value]) => !optimizerKeys.includes(String(key)) && countTensors(value, 0) > 0,
  );
  return held.length === 1 && held[0] !== undefined ? findStateDict(held[0][1]) : new Map(held);
}

function collectTensors(
  value: PickleValue,
  prefix: string,
  into: Map<string, StoredTensor>,
  depth: number,
): void {
  if (value instanceof StoredTensor) {
    // DataParallel wraps every name.
    into.set(prefix.replace(/^module\./, ""), value);
    return;
  }
  const map = asMap(value);
  if (map === undefined || depth > MAX_DEPTH) return;
  for (const [key, inner] of map)
    collectTensors(inner, prefix === "" ? String(key) : `${prefix}.${String(key)}`, into, depth + 1);
}

function countTensors(value: PickleValue, depth: number): number {
  if (value instanceof StoredTensor) return 1;
  const map = asMap(value);
  if (map === undefined || depth > MAX_DEPTH) return 0;
  let count = 0;
  for (const inner of map.values()) count += countTensors(inner, depth + 1);
  return count;
}

/** Mappings of texts to distinct natural numbers are id -> row. */
function collectVocabularies(value: PickleValue, key: string, contents: Contents, depth: number): void {
  if (depth > MAX_DEPTH) return;
  if (value instanceof Opaque) contents.opaque.add(value.of);
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items;
    for (const item of items) if (item instanceof Opaque) contents.opaque.add(item.of);
    return;
  }
  const map = asMap(value);
  if (map === undefined) return;
  const rows = new Map<string, number>();
  for (const [id, row] of map)
    if (typeof id === "string" && Number.isSafeInteger(row)) rows.set(id, Number(row));
  const isVocabulary = map.size > 1 && rows.size === map.size && new Set(rows.values()).size === rows.size;
  if (isVocabulary && [...rows.values()].every((row) => row >= 0)) {
    if (!contents.vocabularies.has(key)) contents.vocabularies.set(key, rows);
    return;
  }
  for (const [name, inner] of map) collectVocabularies(inner, String(name), contents, depth + 1);
}

export function asMap(value: PickleValue | undefined): Map<PickleValue, PickleValue> | undefined {
  if (value instanceof Map) return value;
  return value instanceof Opaque ? asMap(value.state) : undefined;
}
