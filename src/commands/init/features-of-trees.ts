import type { Trees } from "../../convert/trees.js";
import type { ColumnProfile } from "../../replay/column-profile.js";
import type { FeatureGuess } from "./guess-features.js";
import { matchColumn } from "./match-column.js";

/** One number for each feature that some tree splits by, missing values left to the trees. */
export function featuresOfTrees(trees: Trees, columns: readonly ColumnProfile[]): FeatureGuess[] {
  const numbers = columns.filter(({ type }) => type !== "text" && type !== "timestamp");
  const split = new Set(trees.trees.flatMap(({ feature }) => [...feature].filter((at) => at >= 0)));
  const byCategory = new Set(
    trees.trees.flatMap(({ feature, categories }) => [...categories.keys()].map((node) => feature[node])),
  );
  return [...split]
    .sort((a, b) => a - b)
    .map((at) => {
      const name = trees.featureNames[at] ?? `f${at}`;
      if (byCategory.has(at)) return categoryFeature(name, matchColumn(name, columns));
      const column = matchColumn(name, numbers);
      return {
        name,
        column: column?.name ?? name,
        encoder: "{ kind: dense, missing: keep }",
        because:
          column === undefined
            ? "choose the column: a feature of the trees, and no column of numbers is named alike"
            : "a feature of the trees, as the number it was trained on",
        isOpen: column?.name !== name,
        isDense: true,
      };
    });
}

/** Codes as numbers, or names whose codes only a person can tell. */
function categoryFeature(name: string, column: ColumnProfile | undefined): FeatureGuess {
  const isText = column?.type === "text";
  return {
    name,
    column: column?.name ?? name,
    encoder: isText
      ? '{ kind: vocabulary, file: codes.json, missing: "" }'
      : "{ kind: dense, missing: keep }",
    because: isText
      ? "choose: the trees split it by category; the file holds the code that training gave each"
      : "choose: the trees split it by category; the column must hold the codes that training gave them",
    isOpen: true,
    isDense: !isText,
  };
}
