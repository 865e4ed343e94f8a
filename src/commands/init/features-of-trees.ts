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
      const column = matchColumn(name, numbers);
      const kind = byCategory.has(at)
        ? "feature of the trees, the codes of its categories"
        : "feature of the trees";
      return {
        name,
        column: column?.name ?? name,
        encoder: "{ kind: dense, missing: keep }",
        because:
          column === undefined
            ? `choose the column: a ${kind}, and no column of numbers is named alike`
            : `a ${kind}, as the number it was trained on`,
        isOpen: column?.name !== name,
        isDense: true,
      };
    });
}
