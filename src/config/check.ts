import type { Config, TermConfig } from "./config.js";

/** One thing that is wrong with the file. */
export interface Problem {
  path: (string | number)[];
  found: string;
  expected: string;
}

/** What the shape of the file alone cannot tell: names that must exist, must be unique, or must be of a kind. */
export function checkReferences(config: Config): Problem[] {
  return [
    ...repeatedNames(
      config.features.map(({ name }) => name),
      "features",
    ),
    ...repeatedNames((config.model?.terms ?? []).map(termName), "model.terms"),
    ...repeatedNames(
      (config.compare?.policies ?? []).map(({ name }) => name),
      "compare.policies",
    ),
    ...checkEncoders(config),
    ...checkTerms(config),
    ...checkLearnerTerms(config),
  ];
}

function termName(term: TermConfig): string {
  return term.name ?? term.kind;
}

function repeatedNames(names: readonly string[], list: string): Problem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: [...list.split("."), index],
            found: `a second ${JSON.stringify(name)}`,
            expected: "a name of its own",
          },
        ],
  );
}

function checkEncoders({ features }: Config): Problem[] {
  return features.flatMap(({ encoder }, index): Problem[] => {
    const path = ["features", index, "encoder"];
    if (encoder.kind === "dense" && encoder.scale !== undefined && encoder.variance !== undefined) {
      return [{ path, found: "both scale and variance", expected: "one of them" }];
    }
    if (encoder.kind === "bucketize") {
      const { boundaries } = encoder;
      const ascending = boundaries.every((value, at) => at === 0 || value > (boundaries[at - 1] ?? value));
      if (!ascending)
        return [{ path, found: "boundaries that do not ascend", expected: "ascending boundaries" }];
    }
    return [];
  });
}

function checkTerms({ model, features }: Config): Problem[] {
  const kinds = new Map(
    features.map(({ name, encoder }) => [name, encoder.kind === "dense" ? "dense" : "categorical"]),
  );
  return (model?.terms ?? []).flatMap((term, index) =>
    readsOf(term).flatMap(({ feature, kind }): Problem[] => {
      const path = ["model", "terms", index];
      const actual = kinds.get(feature);
      if (actual === undefined) {
        return [
          {
            path,
            found: `feature ${JSON.stringify(feature)}`,
            expected: `one of ${[...kinds.keys()].join(", ") || "the features (there are none)"}`,
          },
        ];
      }
      if (kind === "any" || kind === actual) return [];
      return [
        { path, found: `${JSON.stringify(feature)}, which is ${actual}`, expected: `a ${kind} feature` },
      ];
    }),
  );
}

function readsOf(term: TermConfig): { feature: string; kind: "any" | "dense" | "categorical" }[] {
  switch (term.kind) {
    case "offset":
    case "bias":
      return [];
    case "linear":
      return term.features.map((feature) => ({ feature, kind: "any" }));
    case "dot":
      return [term.left, term.right].map((feature) => ({ feature, kind: "categorical" }));
    case "deep":
      return term.inputs.map((input) =>
        typeof input === "string"
          ? { feature: input, kind: "dense" }
          : { feature: input.feature, kind: "categorical" },
      );
  }
}

function checkLearnerTerms({ model, learner }: Config): Problem[] {
  if (model === undefined) return [];
  const names = model.terms.map(termName);
  return Object.keys(learner.terms)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: ["learner", "terms", name],
      found: "no term of that name",
      expected: `one of ${names.join(", ")}`,
    }));
}
