import { termName } from "./check-terms.js";
import { listOf, numberOf, textOf } from "./outline.js";
import { listed, type Problem } from "./problem.js";

/** An input that takes its vectors `from` another term names one that keeps such vectors, of that width. */
export function checkSharedVectors(terms: readonly unknown[]): Problem[] {
  return terms.flatMap((term, index) =>
    listOf(term, "inputs").flatMap((input, at): Problem[] => {
      const [from, feature, width] = [
        textOf(input, "from"),
        textOf(input, "feature"),
        numberOf(input, "width"),
      ];
      if (from === undefined || feature === undefined || width === undefined) return [];
      const owners = terms.filter((one) => one !== term && vectorsOf(one, feature) === width);
      if (owners.some((owner) => termName(owner) === from)) return [];
      return [
        {
          path: ["model", "terms", index, "inputs", at, "from"],
          found: `${JSON.stringify(from)}, which keeps no vectors of width ${width} for ${feature}`,
          expected: listed(owners.flatMap((owner) => termName(owner) ?? [])) || "no from: vectors of its own",
        },
      ];
    }),
  );
}

/** Width of the vectors that a term keeps for a feature; undefined where it keeps none. */
function vectorsOf(term: unknown, feature: string): number | undefined {
  switch (textOf(term, "kind")) {
    case "dot":
      return [textOf(term, "left"), textOf(term, "right")].includes(feature)
        ? numberOf(term, "width")
        : undefined;
    case "factorisation":
    case "interaction":
      return listOf(term, "features").includes(feature) ? numberOf(term, "width") : undefined;
    case "deep":
    case "cross": {
      const own = listOf(term, "inputs").find(
        (input) => textOf(input, "feature") === feature && textOf(input, "from") === undefined,
      );
      return own === undefined ? undefined : numberOf(own, "width");
    }
    default:
      return undefined;
  }
}
