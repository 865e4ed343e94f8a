import { UnbatchError } from "../core/errors.js";
import { nearestName } from "../core/nearest.js";
import { checkNegatives } from "./check-negatives.js";
import { checkOptimizerSettings } from "./check-optimizers.js";
import { checkTermFeatures, termName } from "./check-terms.js";
import { parseLabelRule } from "./label-rule.js";
import { keysIn, listOf, numberOf, partOf, textOf } from "./outline.js";
import { listed, type Problem } from "./problem.js";

/**
 * What the shape of the file alone cannot tell: names that must exist, be unique, or be of a kind; and the label rule.
 * `value` is the file as it was read, whose shape may be wrong too.
 */
export function checkReferences(value: unknown): Problem[] {
  const features = listOf(value, "features");
  const terms = listOf(partOf(value, "model"), "terms");
  const policies = listOf(partOf(value, "compare"), "policies");
  const nameOf = (one: unknown): string | undefined => textOf(one, "name");
  return [
    ...checkLabelRule(partOf(value, "log")),
    ...repeatedNames(features.map(nameOf), ["features"]),
    ...features.flatMap(checkEncoder),
    ...repeatedNames(terms.map(termName), ["model", "terms"]),
    ...checkTermFeatures(terms, features),
    ...checkNegatives(value),
    ...checkOptimizerNames(partOf(value, "learner"), ["learner"], terms),
    ...checkOptimizerSettings(partOf(value, "learner"), ["learner"], terms),
    ...repeatedNames(policies.map(nameOf), ["compare", "policies"]),
    ...checkBaseline(textOf(partOf(value, "compare"), "baseline"), policies.map(nameOf)),
    ...policies.flatMap((policy, index) => {
      const path = ["compare", "policies", index, "learner"];
      const learner = partOf(policy, "learner");
      return [...checkOptimizerNames(learner, path, terms), ...checkOptimizerSettings(learner, path, terms)];
    }),
  ];
}

function checkLabelRule(log: unknown): Problem[] {
  const short = textOf(log, "label");
  const rule = short ?? textOf(partOf(log, "label"), "rule");
  if (rule === undefined) return [];
  try {
    parseLabelRule(rule);
    return [];
  } catch (error) {
    if (!(error instanceof UnbatchError)) throw error;
    const { found, expected } = error.parts;
    return [
      {
        path: short === undefined ? ["log", "label", "rule"] : ["log", "label"],
        found: `${JSON.stringify(rule)} (${found})`,
        expected: expected ?? "a label rule",
      },
    ];
  }
}

function repeatedNames(names: readonly (string | undefined)[], list: readonly string[]): Problem[] {
  return names.flatMap((name, index) =>
    name === undefined || names.indexOf(name) === index
      ? []
      : [
          {
            path: [...list, index, "name"],
            found: `a second ${JSON.stringify(name)}`,
            expected: "a name of its own",
          },
        ],
  );
}

function checkBaseline(baseline: string | undefined, policies: readonly (string | undefined)[]): Problem[] {
  if (baseline === undefined || policies.includes(baseline)) return [];
  const names = policies.filter((name) => name !== undefined);
  const nearest = nearestName(baseline, names);
  return [
    {
      path: ["compare", "baseline"],
      found: `no policy ${JSON.stringify(baseline)}`,
      expected: nearest === undefined ? listed(names) : JSON.stringify(nearest),
    },
  ];
}

function checkEncoder(feature: unknown, index: number): Problem[] {
  const encoder = partOf(feature, "encoder");
  const path = ["features", index, "encoder"];
  const kind = textOf(encoder, "kind");
  if (
    kind === "dense" &&
    numberOf(encoder, "scale") !== undefined &&
    numberOf(encoder, "variance") !== undefined
  )
    return [
      { path: [...path, "variance"], at: "key", found: "both scale and variance", expected: "one of them" },
    ];
  if (kind !== "bucketize") return [];
  const boundaries = listOf(encoder, "boundaries").filter((one) => typeof one === "number");
  const at = boundaries.findIndex((value, index) => index > 0 && value <= (boundaries[index - 1] ?? value));
  if (at < 0) return [];
  return [
    {
      path: [...path, "boundaries", at],
      found: `${boundaries[at]} after ${boundaries[at - 1]}`,
      expected: "ascending boundaries",
    },
  ];
}

/** The keys of learner.terms; what a converted checkpoint's terms are called is not in the file. */
function checkOptimizerNames(
  learner: unknown,
  path: readonly (string | number)[],
  terms: readonly unknown[],
): Problem[] {
  const learned = terms
    .filter((term) => textOf(term, "kind") !== "offset")
    .flatMap((term) => termName(term) ?? []);
  if (terms.length === 0) return [];
  return keysIn(learner, "terms")
    .filter((name) => !learned.includes(name))
    .map((name) => {
      const nearest = nearestName(name, learned);
      return {
        path: [...path, "terms", name],
        at: "key",
        found: "no term of that name that learns",
        expected: nearest === undefined ? listed(learned) || "a term that learns" : JSON.stringify(nearest),
      };
    });
}
