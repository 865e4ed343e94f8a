import { type Tree, treeFault } from "../../trees.js";
import { malformed } from "../malformed.js";
import type { Section } from "./reader.js";

/** Bits of decision_type (include/LightGBM/tree.h). */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
/** A category is a bit; there are as many as the file has digits for. */
const BITS = 32;

/**
 * One `Tree=` block (src/io/tree.cpp, Tree::Tree(const char*)): internal nodes come first here, then the leaves.
 * Errors: a list of another length, a bitset outside of its list, what is no tree.
 */
export function readTree(section: Section, place: { output: number; features: number }, file: string): Tree {
  const bad = (found: string, expected: string): Error => malformed(file, section.at, found, expected);
  const list = (name: string, length: number): number[] => {
    const numbers = numbersOf(section.values.get(name));
    if (numbers.length !== length || numbers.some(Number.isNaN))
      throw bad(`${name} of ${numbers.length} numbers`, `${length}`);
    return numbers;
  };
  const leafValues = numbersOf(section.values.get("leaf_value"));
  const leaves = Number(section.values.get("num_leaves"));
  if (leaves !== leafValues.length || leaves < 1 || !leafValues.every(Number.isFinite))
    throw bad(`num_leaves ${section.values.get("num_leaves")}`, `${leafValues.length} leaf values`);
  const splits = leaves - 1;
  const nodes = splits + leaves;
  const types = list("decision_type", splits);
  const thresholds = list("threshold", splits);
  const child = (value: number): number => (value < 0 ? splits + -value - 1 : value);
  const filled = (values: readonly number[], rest: number): number[] =>
    Array.from({ length: nodes }, (_, node) => values[node] ?? rest);
  const tree: Tree = {
    output: place.output,
    feature: Int32Array.from(filled(list("split_feature", splits), -1)),
    threshold: Float64Array.from(filled(thresholds, 0)),
    left: Int32Array.from(filled(list("left_child", splits).map(child), 0)),
    right: Int32Array.from(filled(list("right_child", splits).map(child), 0)),
    defaultLeft: Uint8Array.from(filled(types, 0), (type) => ((type & DEFAULT_LEFT) === 0 ? 0 : 1)),
    missing: Uint8Array.from(filled(types, 0), (type) => (type >> 2) & 3),
    categories: categoriesOf(section, types, thresholds, bad),
    leafValue: Float64Array.from({ length: nodes }, (_, node) => leafValues[node - splits] ?? 0),
    firstLeaf: splits,
  };
  const fault = treeFault(tree, place.features);
  if (fault !== undefined) throw bad(fault, "each node below one other");
  return tree;
}

/** `threshold` of a categorical split numbers a bitset: 32-bit words from cat_boundaries[i] to cat_boundaries[i + 1]. */
function categoriesOf(
  { values }: Section,
  types: readonly number[],
  thresholds: readonly number[],
  bad: (found: string, expected: string) => Error,
): Map<number, ReadonlySet<number>> {
  const boundaries = numbersOf(values.get("cat_boundaries"));
  const words = numbersOf(values.get("cat_threshold"));
  const categories = new Map<number, ReadonlySet<number>>();
  types.forEach((type, node) => {
    if ((type & CATEGORICAL) === 0) return;
    const set = thresholds[node] ?? -1;
    const [from, to] = [boundaries[set] ?? -1, boundaries[set + 1] ?? -1];
    if (!(from >= 0 && to >= from && to <= words.length))
      throw bad(`bitset ${set} of node ${node}`, `one of ${Math.max(0, boundaries.length - 1)}`);
    const members = new Set<number>();
    words.slice(from, to).forEach((word, index) => {
      for (let bit = 0; bit < BITS; bit++) if (((word >>> bit) & 1) === 1) members.add(index * BITS + bit);
    });
    categories.set(node, members);
  });
  return categories;
}

function numbersOf(text: string | undefined): number[] {
  const plain = text?.trim() ?? "";
  return plain === "" ? [] : plain.split(/\s+/).map(Number);
}
