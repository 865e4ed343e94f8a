import type { Json, JsonObject } from "../json.js";
import { malformed } from "../malformed.js";

const PARAMETER_BYTES = 136;
const TREES_PARAMETER_BYTES = 160;
const TREE_PARAMETER_BYTES = 148;
const LINEAR_PARAMETER_BYTES = 136;
const NODE_BYTES = 20;
const NODE_STATISTICS_BYTES = 16;
const NAME_BYTES = 100;
/** Of a split's feature number: what is missing goes left. */
const DEFAULT_LEFT = 2 ** 31;

/**
 * XGBoost's binary form before 3.1, as the `learner` of its JSON: structs of C++ one after the other, without names
 * (LearnerModelParamLegacy of src/learner.cc; GBTreeModel, GBLinearModel and RegTree, each with its Load).
 * What follows the booster (attributes, evaluation metrics) is left alone, and feature names it never had.
 * Errors: an UnbatchError with the byte for a length that the file does not hold, a booster that is none.
 */
export function parseBinary(bytes: Uint8Array, file: string): JsonObject {
  const reader = new Reader(bytes, file);
  // Before the parameters in files of Python and R.
  if (reader.startsWith("binf")) reader.skip(4, "the word binf");
  const parameters = reader.part(PARAMETER_BYTES, "the learner's parameters");
  const objective = reader.name();
  const booster = reader.name();
  const classes = parameters.getInt32(8, true);
  const outputs = Math.max(classes, 1);
  return new Map<string, Json>([
    [
      "learner_model_param",
      new Map<string, Json>([
        ["base_score", baseScore(parameters, objective)],
        ["num_feature", parameters.getUint32(4, true)],
        ["num_class", classes],
      ]),
    ],
    ["objective", new Map([["name", objective]])],
    ["gradient_booster", readBooster(booster, outputs, reader)],
  ]);
}

/** Before 1.0 the base score was saved as a margin; LearnerIO::LoadModel turns that into a prediction as here. */
function baseScore(parameters: DataView, objective: string): number {
  const [score, majorVersion] = [parameters.getFloat32(0, true), parameters.getUint32(20, true)];
  if (majorVersion >= 1) return score;
  if (/^(binary|reg):logi/.test(objective)) return Math.fround(1 / (1 + Math.exp(-score)));
  return /^(count:poisson|reg:gamma|reg:tweedie|survival:cox)$/.test(objective) ? Math.exp(score) : score;
}

function readBooster(name: string, outputs: number, reader: Reader): JsonObject {
  switch (name) {
    case "gbtree":
      return new Map<string, Json>([
        ["name", name],
        ["model", readTrees(reader)],
      ]);
    case "dart": {
      const gbtree: JsonObject = new Map([["model", readTrees(reader)]]);
      return new Map<string, Json>([
        ["name", name],
        ["gbtree", gbtree],
        ["weight_drop", reader.floats("weight_drop")],
      ]);
    }
    case "gblinear": {
      reader.skip(LINEAR_PARAMETER_BYTES, "gblinear's parameters");
      const weights = reader.floats(`weights of ${outputs} outputs`);
      return new Map<string, Json>([
        ["name", name],
        ["model", new Map([["weights", weights]])],
      ]);
    }
    default:
      throw reader.bad(`the booster ${JSON.stringify(name)}`, "gbtree, dart or gblinear");
  }
}

function readTrees(reader: Reader): JsonObject {
  const count = reader.part(TREES_PARAMETER_BYTES, "gbtree's parameters").getInt32(0, true);
  if (count < 0 || count * TREE_PARAMETER_BYTES > reader.left) throw reader.bad(`${count} trees`, "fewer");
  const trees = Array.from({ length: count }, (_, index) => readTree(index, reader));
  const info = reader.part(4 * count, "an output for each tree");
  return new Map<string, Json>([
    ["trees", trees],
    ["tree_info", Array.from(trees, (_, index) => info.getInt32(4 * index, true))],
  ]);
}

/** Nodes of parent, left, right (-1 at a leaf), feature with its default, and a threshold or a leaf's value. */
function readTree(index: number, reader: Reader): JsonObject {
  const parameters = reader.part(TREE_PARAMETER_BYTES, `the parameters of tree ${index}`);
  const [nodes, leafWidth] = [parameters.getInt32(4, true), parameters.getInt32(20, true)];
  if (nodes < 1 || nodes > reader.left / NODE_BYTES)
    throw reader.bad(`${nodes} nodes of tree ${index}`, "fewer");
  const view = reader.part(NODE_BYTES * nodes, `the nodes of tree ${index}`);
  reader.skip(NODE_STATISTICS_BYTES * nodes, `the statistics of tree ${index}`);
  const column = (at: (offset: number) => number): number[] =>
    Array.from({ length: nodes }, (_, node) => at(NODE_BYTES * node));
  const splits = column((offset) => view.getUint32(offset + 12, true));
  return new Map<string, Json>([
    [
      "tree_param",
      new Map([
        ["num_nodes", nodes],
        ["size_leaf_vector", leafWidth],
      ]),
    ],
    ["left_children", column((offset) => view.getInt32(offset + 4, true))],
    ["right_children", column((offset) => view.getInt32(offset + 8, true))],
    ["split_indices", splits.map((split) => split % DEFAULT_LEFT)],
    ["default_left", splits.map((split) => (split >= DEFAULT_LEFT ? 1 : 0))],
    ["split_conditions", column((offset) => view.getFloat32(offset + 16, true))],
  ]);
}

class Reader {
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  bad(found: string, expected: string): Error {
    return malformed(this.#file, this.#at, found, expected);
  }

  startsWith(word: string): boolean {
    return word.length <= this.left && this.#text(word.length) === word;
  }

  skip(length: number, what: string): void {
    this.part(length, what);
  }

  /** The next bytes, none of them copied. */
  part(length: number, what: string): DataView {
    if (length > this.left) throw this.bad(`${this.left} bytes left`, `${length}: ${what}`);
    const view = new DataView(this.#view.buffer, this.#view.byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }

  name(): string {
    const length = this.#length(1, NAME_BYTES, "a name");
    const text = this.#text(length);
    this.#at += length;
    return text;
  }

  floats(what: string): number[] {
    const count = this.#length(4, Number.MAX_SAFE_INTEGER, what);
    const view = this.part(4 * count, what);
    return Array.from({ length: count }, (_, at) => view.getFloat32(4 * at, true));
  }

  /** How many elements of `size` bytes follow: dmlc::Stream writes it before strings and vectors. */
  #length(size: number, most: number, what: string): number {
    const length = Number(this.part(8, `the length of ${what}`).getBigUint64(0, true));
    if (length > most || length > this.left / size)
      throw this.bad(`${what} of ${length}`, "a part of the file");
    return length;
  }

  #text(length: number): string {
    return String.fromCharCode(
      ...new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at, length),
    );
  }
}
