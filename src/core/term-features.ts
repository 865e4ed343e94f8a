import type { TermSpec } from "./model-spec.js";
import { inputFeatures } from "./table-shapes.js";

/** The features that a term reads. */
export function featuresOf(term: TermSpec): string[] {
  switch (term.kind) {
    case "offset":
    case "bias":
      return [];
    case "linear":
    case "factorisation":
    case "leaves":
      return [...term.features];
    case "dot":
      return [term.left, term.right];
    case "deep":
    case "cross":
      return term.inputs.flatMap(inputFeatures);
    case "towers":
      return [...term.left.inputs, ...term.right.inputs].flatMap(inputFeatures);
    case "interaction":
      return [...term.features, ...term.dense];
  }
}
