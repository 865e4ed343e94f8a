import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import type { Trees } from "../../trees.js";
import { headText, mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";
import { BY_OFFSET, unsupported } from "../unsupported.js";
import { readTree } from "./tree.js";

const NAMES = /\.(txt|model|lgb|json)$/i;
const MAX_FILE_BYTES = 1 << 29;
const MAX_OUTPUTS = 100_000;

/** One block of `key=value` lines and where it begins. */
export interface Section {
  at: number;
  values: ReadonlyMap<string, string>;
}

/** LightGBM: the text of save_model. A dump_model is recognised, and refused. */
export const lightgbm: SyncReader = {
  format: "lightgbm",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    if (name === undefined) return false;
    const source = tree.open(name);
    return isText(source) || isDump(source);
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAMES) ?? "");
    if (isDump(source)) throw refusedDump(source);
    if (source.size > MAX_FILE_BYTES)
      throw malformed(source.name, 0, `${source.size} bytes`, `a model of at most ${MAX_FILE_BYTES}`);
    const text = new TextDecoder().decode(source.read(0, source.size));
    const [head, ...sections] = sectionsOf(text);
    if (head === undefined) throw malformed(source.name, 0, "no header", "a LightGBM model");
    const trees = readTrees(head, sections, source.name);
    return {
      format: "lightgbm-text",
      tensors: new Map(),
      slots: [],
      vocabularies: new Map(),
      hyperparameters: sigmoidOf(trees.objective),
      trees,
      notes: [`objective ${trees.objective}`],
    };
  },
};

function isText(source: ByteSource): boolean {
  return /^tree\r?\n/.test(headText(source, 10));
}

function isDump(source: ByteSource): boolean {
  return /^\s*\{\s*"name"\s*:\s*"tree"/.test(headText(source, 100));
}

function readTrees(head: Section, sections: readonly Section[], file: string): Trees {
  const number = (name: string, least: number, most: number): number => {
    const value = Number(head.values.get(name) ?? Number.NaN);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw malformed(file, head.at, `${name} ${head.values.get(name) ?? "missing"}`, `${least} to ${most}`);
  };
  if (
    head.values.get("linear_tree") === "1" ||
    sections.some(({ values }) => values.get("is_linear") === "1")
  )
    throw unsupported(
      file,
      "linear trees, whose leaves are formulas (linear_tree=true)",
      "trees with one number a leaf",
      `train with linear_tree=false, or ${BY_OFFSET}`,
    );
  const outputs = number("num_tree_per_iteration", 1, MAX_OUTPUTS);
  const features = number("max_feature_idx", 0, 2 ** 31 - 2) + 1;
  const names = (head.values.get("feature_names") ?? "").split(" ").filter((name) => name !== "");
  return {
    features,
    featureNames: names,
    outputs,
    baseMargins: new Float64Array(outputs),
    objective: head.values.get("objective") ?? "",
    comparison: "float64-less-or-equal",
    listedCategories: "left",
    isAverage: head.values.has("average_output"),
    trees: sections.map((section, index) => {
      if (Number(section.values.get("Tree")) !== index)
        throw malformed(file, section.at, `Tree=${section.values.get("Tree")}`, `Tree=${index}`);
      return readTree(section, { output: index % outputs, features }, file);
    }),
  };
}

/** Blocks are divided by empty lines; those of trees begin with `Tree=`; what follows `end of trees` is not the model. */
function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let current: Map<string, string> | undefined;
  let at = 0;
  for (const line of text.split("\n")) {
    const plain = line.trimEnd();
    const cut = plain.indexOf("=");
    const key = cut < 0 ? plain : plain.slice(0, cut);
    if (key === "end of trees") break;
    if (key === "Tree" || current === undefined) {
      current = new Map();
      sections.push({ at, values: current });
    }
    if (plain !== "" && !current.has(key)) current.set(key, cut < 0 ? "" : plain.slice(cut + 1));
    at += line.length + 1;
  }
  return sections;
}

/** `binary sigmoid:0.7`: the probability is 1 / (1 + exp(-0.7 margin)). */
function sigmoidOf(objective: string): Map<string, number> {
  const sigmoid = Number(/\bsigmoid:([\d.eE+-]+)/.exec(objective)?.[1] ?? Number.NaN);
  return Number.isFinite(sigmoid) ? new Map([["sigmoid", sigmoid]]) : new Map();
}

function refusedDump(source: ByteSource): UnbatchError {
  return new UnbatchError({
    where: `${source.name}, byte 0`,
    found: "a dump_model of LightGBM, whose thresholds and categories are written for people",
    expected: "the model's own text",
    next: 'booster.save_model("model.txt")',
  });
}
