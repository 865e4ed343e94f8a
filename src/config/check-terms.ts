import { nearestName } from "../core/nearest.js";
import { listOf, type Named, namesIn, partOf, textOf } from "./outline.js";
import { listed, type Problem } from "./problem.js";

type Kind = "dense" | "categorical";

/** A feature that a term reads, and of which kind it must be. */
interface Read extends Named {
  kind: Kind | "any";
}

/** Default: the kind. */
export function termName(term: unknown): string | undefined {
  return textOf(term, "name") ?? textOf(term, "kind");
}

/** Each feature that a term names exists, is of the kind that the term reads, and is named once; reported at the name. */
export function checkTermFeatures(terms: readonly unknown[], features: readonly unknown[]): Problem[] {
  const kinds = new Map<string, Kind | undefined>();
  const kept = new Set<string>();
  for (const feature of features) {
    const name = textOf(feature, "name");
    // A feature without a name is a problem of the shape; which one was meant is not known.
    if (name === undefined) return [];
    const encoder = textOf(partOf(feature, "encoder"), "kind");
    if (textOf(partOf(feature, "encoder"), "missing") === "keep" && encoder === "dense") kept.add(name);
    kinds.set(name, encoder === undefined ? undefined : encoder === "dense" ? "dense" : "categorical");
  }
  return terms.flatMap((term, index) => {
    const path = ["model", "terms", index];
    const reads = readsOf(term, path);
    return [
      ...reads.flat().flatMap((read) => checkRead(read, kinds)),
      ...reads.flat().flatMap((read) => (kept.has(read.name) ? [keptMissing(read)] : [])),
      ...reads.flatMap(repeatedReads),
      ...loneVector(term, path),
    ];
  });
}

/** What is missing has no place in a sum. */
function keptMissing({ name, path }: Read): Problem {
  return {
    path,
    found: `${JSON.stringify(name)}, whose encoder has missing: keep`,
    expected: "a number for what is missing: trees alone know where it goes",
  };
}

/** Products of pairs need two vectors; a list of dense features makes one. */
function loneVector(term: unknown, path: readonly (string | number)[]): Problem[] {
  if (textOf(term, "kind") !== "interaction") return [];
  const features = listOf(term, "features");
  if (features.length !== 1 || listOf(term, "dense").length > 0) return [];
  return [
    {
      path: [...path, "features"],
      found: "one vector and no dense features",
      expected: "another feature, or dense features, for a pair of vectors",
    },
  ];
}

/** A term keeps one table for a feature. */
function repeatedReads(reads: readonly Read[]): Problem[] {
  const first = new Set<string>();
  return reads.flatMap(({ name, path, kind }) => {
    // One that is read as both kinds is wrong in one of them already.
    if (first.size !== first.add(`${kind} ${name}`).size) return [];
    return [
      { path, found: `${JSON.stringify(name)} a second time`, expected: "each feature once in a term" },
    ];
  });
}

function checkRead({ name, path, kind }: Read, kinds: ReadonlyMap<string, Kind | undefined>): Problem[] {
  if (!kinds.has(name)) {
    const names = [...kinds.keys()];
    const nearest = nearestName(name, names);
    const all = names.length === 0 ? "a feature (there are none)" : listed(names);
    return [
      {
        path,
        found: `${JSON.stringify(name)}, which is no feature`,
        expected: nearest === undefined ? all : JSON.stringify(nearest),
      },
    ];
  }
  const actual = kinds.get(name);
  if (kind === "any" || actual === undefined || kind === actual) return [];
  return [{ path, found: `${JSON.stringify(name)}, which is ${actual}`, expected: `a ${kind} feature` }];
}

/** What a term reads, in lists of which each has one table a feature. */
function readsOf(term: unknown, path: readonly (string | number)[]): Read[][] {
  const names = (key: string, kind: Read["kind"]): Read[] =>
    namesIn(term, key, path).map((named) => ({ ...named, kind }));
  switch (textOf(term, "kind")) {
    case "linear":
    case "factorisation":
      return [names("features", "any")];
    case "dot":
      return [
        ["left", "right"].flatMap((side): Read[] => {
          const name = textOf(term, side);
          return name === undefined ? [] : [{ name, path: [...path, side], kind: "categorical" }];
        }),
      ];
    case "deep":
    case "cross":
      return [inputsOf(term, path)];
    case "towers":
      return ["left", "right"].map((side) => inputsOf(partOf(term, side), [...path, side]));
    case "interaction":
      return [[...names("features", "categorical"), ...names("dense", "dense")]];
    default:
      return [];
  }
}

/** Names of dense features, embeddings, and products of embeddings. */
function inputsOf(term: unknown, path: readonly (string | number)[]): Read[] {
  return [
    ...namesIn(term, "inputs", path).map((named): Read => ({ ...named, kind: "dense" })),
    ...listOf(term, "inputs").flatMap((input, index): Read[] => {
      const at = [...path, "inputs", index];
      const name = textOf(input, "feature");
      const own: Read[] = name === undefined ? [] : [{ name, path: [...at, "feature"], kind: "categorical" }];
      return [
        ...own,
        ...["product", "sum"].flatMap((key) =>
          namesIn(input, key, at).map((named): Read => ({ ...named, kind: "categorical" })),
        ),
      ];
    }),
  ];
}
