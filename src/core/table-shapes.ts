import { type DeepInput, type DeepLayer, type ModelSpec, type TermSpec, tableName } from "./model-spec.js";
import type { OptimizerSpec, TableKind } from "./optimizer-spec.js";

/** Shape of one table, as its term calls for it. `feature` is the one whose ids its rows are. */
export interface TableShape {
  name: string;
  term: string;
  kind: TableKind;
  width: number;
  rows: number | { feature: string };
  /** Where nothing was learned: zero; noise, since vectors of zero have no gradient; noise by the inputs of a layer. */
  begins: "zero" | "noise" | "fan-in";
}

/** The tables that a term owns: the one place that knows their names and shapes. */
export function tableShapes(term: TermSpec, { features }: Pick<ModelSpec, "features">): TableShape[] {
  const of = (part: string | undefined, shape: Omit<TableShape, "name" | "term">): TableShape => ({
    name: tableName(term.name, part),
    term: term.name,
    ...shape,
  });
  const rowsOf = (feature: string): TableShape["rows"] =>
    features.find(({ name }) => name === feature)?.encoder.kind === "dense" ? 1 : { feature };
  const vectors = (list: readonly string[], width: number, side = ""): TableShape[] =>
    list.map((feature) =>
      of(`${side}${feature}`, { kind: "rows", width, rows: rowsOf(feature), begins: "noise" }),
    );
  const inputs = (list: readonly DeepInput[], side = ""): TableShape[] =>
    list.flatMap((input) => {
      if (input.kind === "dense" || (input.kind === "embedding" && input.from !== undefined)) return [];
      return vectors(inputFeatures(input), input.width, side);
    });
  const layers = (list: readonly DeepLayer[], width: number, side = ""): TableShape[] =>
    list.flatMap(({ units }, index) => {
      const rows = list[index - 1]?.units ?? width;
      return [
        of(`${side}kernel_${index}`, { kind: "dense", width: units, rows, begins: "fan-in" }),
        of(`${side}bias_${index}`, { kind: "dense", width: units, rows: 1, begins: "zero" }),
      ];
    });
  switch (term.kind) {
    case "offset":
      return [];
    case "bias":
      return [of(undefined, { kind: "dense", width: 1, rows: 1, begins: "zero" })];
    case "linear":
      return term.features.map((feature) =>
        of(feature, { kind: "rows", width: 1, rows: rowsOf(feature), begins: "zero" }),
      );
    case "dot":
      return vectors([term.left, term.right], term.width);
    case "factorisation":
      return vectors(term.features, term.width);
    case "deep":
      return [...inputs(term.inputs), ...layers(term.layers, inputsWidth(term.inputs))];
    case "towers":
      return (["left", "right"] as const).flatMap((side) => [
        ...inputs(term[side].inputs, `${side}/`),
        ...layers(term[side].layers, inputsWidth(term[side].inputs), `${side}/`),
      ]);
    case "cross": {
      const width = inputsWidth(term.inputs);
      const rows = term.form === "matrix" ? width : 1;
      const crosses = Array.from({ length: term.crosses }, (_, index) => [
        of(`cross_kernel_${index}`, { kind: "dense", width, rows, begins: "fan-in" }),
        of(`cross_bias_${index}`, { kind: "dense", width, rows: 1, begins: "zero" }),
      ]);
      const output =
        term.structure === "parallel"
          ? [of("cross_output", { kind: "dense", width: 1, rows: width, begins: "fan-in" } as const)]
          : [];
      return [...inputs(term.inputs), ...crosses.flat(), ...output, ...layers(term.layers, width)];
    }
    case "leaves":
      return [of(undefined, { kind: "rows", width: 1, rows: term.leaves, begins: "zero" })];
    case "interaction": {
      return [
        ...vectors(term.features, term.width),
        ...layers(term.bottom, term.dense.length, "bottom/"),
        ...layers(term.top, interactionWidth(term), "top/"),
      ];
    }
  }
}

/** The features that an input reads. */
export function inputFeatures(input: DeepInput): readonly string[] {
  switch (input.kind) {
    case "dense":
    case "embedding":
      return [input.feature];
    case "product":
      return [input.left, input.right];
    case "sum":
      return input.features;
  }
}

/** Numbers of one input, and of all of them side by side. */
export function inputWidth(input: DeepInput): number {
  return input.kind === "dense" ? 1 : input.width;
}

export function inputsWidth(inputs: readonly DeepInput[]): number {
  return inputs.reduce((sum, input) => sum + inputWidth(input), 0);
}

/** Inputs of the upper layers: the vectors that go up themselves, and an inner product for each pair of vectors. */
export function interactionWidth(term: Extract<TermSpec, { kind: "interaction" }>): number {
  const { vectors, raised } = interactionVectors(term);
  return raised * term.width + (vectors * (vectors - 1)) / 2;
}

/** How many vectors there are, the dense one first; and how many of the first go up beside their products. */
export function interactionVectors({
  features,
  dense,
  above,
}: Pick<Extract<TermSpec, { kind: "interaction" }>, "features" | "dense" | "above">): {
  vectors: number;
  raised: number;
} {
  const own = dense.length > 0 ? 1 : 0;
  const vectors = features.length + own;
  return { vectors, raised: above === "vectors" ? vectors : own };
}

/** The optimizer of a table: a layer's own, or that of its term's layers where they have one, or its term's. */
export function optimizerOf(
  optimizers: Readonly<Record<string, OptimizerSpec>>,
  { name, term, kind }: Pick<TableShape, "name" | "term" | "kind">,
): OptimizerSpec | undefined {
  const ofLayer = kind === "dense" ? (optimizers[name] ?? optimizers[layersKey(term)]) : undefined;
  return ofLayer ?? optimizers[term];
}

/** The layers of a term, where optimizers are named. */
export function layersKey(term: string): string {
  return `${term}/layers`;
}

/** The names under which a term that learns may have an optimizer. */
export function learnerKeys({ name, kind }: { name: string; kind: string }): string[] {
  if (kind === "offset") return [];
  return ["deep", "towers", "cross", "interaction"].includes(kind) ? [name, layersKey(name)] : [name];
}
