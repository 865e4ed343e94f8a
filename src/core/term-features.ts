import type { DeepInput, TermSpec } from "./model-spec.js";

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
      return term.inputs.flatMap(ofInput);
    case "towers":
      return [...term.left.inputs, ...term.right.inputs].flatMap(ofInput);
    case "interaction":
      return [...term.features, ...term.dense];
  }
}

function ofInput(input: DeepInput): string[] {
  return input.kind === "product" ? [input.left, input.right] : [input.feature];
}
