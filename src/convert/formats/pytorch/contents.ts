import { Opaque, type PickleValue, StoredTensor } from "./pickle-value.js";

/** Deeper than any checkpoint nests. */
const MAX_DEPTH = 8;
/** More than any state_dict has; dictionaries that share dictionaries can be short to write and endless to walk. */
const MAX_VALUES = 1_000_000;
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

type Dictionary = Map<PickleValue, PickleValue>;

/** What a saved object holds, found by its shape and by the names people use. */
export interface Contents {
  /** In the file's own order. */
  tensors: Map<string, StoredTensor>;
  optimizer: Dictionary | undefined;
  vocabularies: Map<string, Map<string, number>>;
}

/** A dictionary that holds itself is entered once a path. Error (`bad`): more values than any state_dict has. */
export function findContents(root: PickleValue, bad: (found: string, expected: string) => Error): Contents {
  const top = asMap(root);
  const vocabularies = new Map<string, Map<string, number>>();
  collectVocabularies(root, "", vocabularies, new Set(), 0);
  return {
    tensors: new StateDict(bad).read(root),
    optimizer: optimizerKeys.map((key) => asMap(top?.get(key))).find((map) => map?.has("param_groups")),
    vocabularies,
  };
}

class StateDict {
  readonly #bad: (found: string, expected: string) => Error;
  readonly #tensors = new Map<string, StoredTensor>();
  readonly #holdsTensor = new Map<Dictionary, boolean>();
  readonly #path = new Set<Dictionary>();
  #values = 0;

  constructor(bad: (found: string, expected: string) => Error) {
    this.#bad = bad;
  }

  read(root: PickleValue): Map<string, StoredTensor> {
    this.#collect(this.#find(root, new Set()), "");
    return this.#tensors;
  }

  /** The mapping that holds the weights: the object itself, or under one of the usual keys. */
  #find(root: PickleValue, seen: Set<PickleValue>): PickleValue {
    const top = asMap(root);
    if (top === undefined || [...top.values()].some((value) => value instanceof StoredTensor)) return root;
    seen.add(top);
    const holds = (value: PickleValue | undefined): value is PickleValue =>
      value !== undefined && !seen.has(asMap(value) ?? value) && this.#holds(value, 0);
    for (const key of stateKeys) {
      const inner = top.get(key);
      if (holds(inner)) return this.#find(inner, seen);
    }
    const held = [...top].filter(
      ([key, value]) => !optimizerKeys.includes(nameOf(key) ?? "") && holds(value),
    );
    return held.length === 1 && held[0] !== undefined ? this.#find(held[0][1], seen) : new Map(held);
  }

  #collect(value: PickleValue, prefix: string): void {
    if (value instanceof StoredTensor) {
      // DataParallel wraps every name.
      this.#tensors.set(prefix.replace(/^module\./, ""), value);
      return;
    }
    const map = asMap(value);
    if (map === undefined || this.#path.has(map) || this.#path.size > MAX_DEPTH || !this.#holds(map, 0))
      return;
    this.#path.add(map);
    for (const [key, inner] of map) {
      const name = nameOf(key);
      this.#values += 1;
      if (this.#values > MAX_VALUES)
        throw this.#bad(`more than ${MAX_VALUES.toLocaleString("en-US")} values`, "a state_dict");
      if (name !== undefined) this.#collect(inner, prefix === "" ? name : `${prefix}.${name}`);
    }
    this.#path.delete(map);
  }

  #holds(value: PickleValue, depth: number): boolean {
    if (value instanceof StoredTensor) return true;
    const map = asMap(value);
    if (map === undefined || depth > MAX_DEPTH) return false;
    const known = this.#holdsTensor.get(map);
    if (known !== undefined) return known;
    this.#holdsTensor.set(map, false);
    const holds = [...map.values()].some((inner) => this.#holds(inner, depth + 1));
    this.#holdsTensor.set(map, holds);
    return holds;
  }
}

/** An id as a text, or as a whole number of any size. */
function isId(key: PickleValue): key is string | number | bigint {
  return typeof key === "string" || typeof key === "bigint" || Number.isSafeInteger(key);
}

/** Mappings of texts or whole numbers to distinct natural numbers are id -> row. */
function collectVocabularies(
  value: PickleValue,
  key: string,
  into: Contents["vocabularies"],
  seen: Set<Dictionary>,
  depth: number,
): void {
  const map = asMap(value);
  if (map === undefined || seen.has(map) || depth > MAX_DEPTH) return;
  seen.add(map);
  const rows = new Map<string, number>();
  for (const [id, row] of map) if (isId(id) && Number.isSafeInteger(row)) rows.set(String(id), Number(row));
  const isVocabulary = map.size > 1 && rows.size === map.size && new Set(rows.values()).size === rows.size;
  if (isVocabulary && [...rows.values()].every((row) => row >= 0)) {
    if (!into.has(key)) into.set(key, rows);
    return;
  }
  for (const [name, inner] of map) collectVocabularies(inner, nameOf(name) ?? "", into, seen, depth + 1);
}

/** A key as part of a name; undefined for what no name is made of. */
export function nameOf(key: PickleValue): string | undefined {
  return typeof key === "string" || typeof key === "number" || typeof key === "bigint"
    ? String(key)
    : undefined;
}

/** A dictionary, or the one that is the state of an object. */
export function asMap(value: PickleValue | undefined): Dictionary | undefined {
  const held = value instanceof Opaque ? value.state : value;
  return held instanceof Map ? held : undefined;
}
