import { UnbatchError } from "../core/errors.js";
import { nearestName } from "../core/nearest.js";
import { learnerKeys } from "../core/table-shapes.js";
import { checkNegatives } from "./check-negatives.js";
import { checkOptimizerSettings } from "./check-optimizers.js";
import { checkSharedVectors } from "./check-shared.js";
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
    ...features.flatMap(checkBag),
    ...repeatedNames(terms.map(termName), ["model", "terms"]),
    ...checkTermFeatures(terms, features),
    ...checkNegatives(value),
    ...checkSharedVectors(terms),
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
  if (kind === "hash") return checkHash(encoder, path);
  if (kind !== "bucketize") return [];
  const boundaries = listOf(encoder, "boundaries").filter((one) => typeof one === "number");
  const at = boundaries.findIndex((value, index) => index > 0 && value < (boundaries[index - 1] ?? value));
  const beyond = partOf(encoder, "beyond");
  const [from, row] = [numberOf(beyond, "from"), numberOf(beyond, "row")];
  if (from !== undefined && (from > boundaries.length || (row ?? 0) >= from))
    return [
      {
        path: [...path, "beyond"],
        found: `from ${from}, row ${row} with ${boundaries.length + 1} buckets`,
        expected: "from: one of the buckets; row: one below it",
      },
    ];
  if (at < 0) return [];
  return [
    {
      path: [...path, "boundaries", at],
      found: `${boundaries[at]} after ${boundaries[at - 1]}`,
      expected: "ascending boundaries",
    },
  ];
}

function checkBag(feature: unknown, index: number): Problem[] {
  const bag = partOf(feature, "bag");
  if (bag === undefined || textOf(partOf(feature, "encoder"), "kind") !== "dense") return [];
  return [
    {
      path: ["features", index, "bag"],
      at: "key",
      found: "a bag of a dense feature, which is one number",
      expected: "a vocabulary, hash, identity or bucketize encoder",
    },
  ];
}

/** Settings that belong to another hash function than the one that is named. */
function checkHash(encoder: unknown, path: readonly (string | number)[]): Problem[] {
  const name = textOf(encoder, "function") ?? "farmhash64";
  const owners = [
    ["key", ["siphash64"]],
    ["namespace", ["vowpal-wabbit"]],
    ["maskValue", ["farmhash64", "siphash64"]],
  ] as const;
  for (const [key, functions] of owners)
    if (partOf(encoder, key) !== undefined && !functions.some((one) => one === name))
      return [
        {
          path: [...path, key],
          at: "key",
          found: `${key} for ${name}`,
          expected: `${key} with ${functions.join(" or ")} alone`,
        },
      ];
  if (name === "siphash64" && partOf(encoder, "key") === undefined)
    return [
      { path: [...path, "function"], found: "siphash64 without a key", expected: "key: [NUMBER, NUMBER]" },
    ];
  if (partOf(encoder, "maskValue") !== undefined && (numberOf(encoder, "buckets") ?? 2) < 2)
    return [{ path: [...path, "buckets"], found: "one bucket with a maskValue", expected: "at least 2" }];
  return [];
}

/** The keys of learner.terms; what a converted checkpoint's terms are called is not in the file. */
function checkOptimizerNames(
  learner: unknown,
  path: readonly (string | number)[],
  terms: readonly unknown[],
): Problem[] {
  const learned = terms.flatMap((term) => {
    const name = termName(term);
    return name === undefined ? [] : learnerKeys({ name, kind: textOf(term, "kind") ?? "" });
  });
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
