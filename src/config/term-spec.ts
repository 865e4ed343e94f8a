import type { Activation, DeepInput, DeepLayer, NewRowRule, TermSpec, Tower } from "../core/model-spec.js";
import { type TableShape, tableShapes } from "../core/table-shapes.js";
import type { InputConfig, TermConfig } from "./term-config.js";

/** The term of model.json that a term of unbatch.yaml stands for. */
export function termSpec(term: TermConfig): TermSpec {
  const name = term.name ?? term.kind;
  switch (term.kind) {
    case "offset":
      return { kind: "offset", name, column: term.column, scale: term.scale };
    case "bias":
      return { kind: "bias", name };
    case "linear":
      return { kind: "linear", name, features: term.features };
    case "dot":
      return { kind: "dot", name, left: term.left, right: term.right, width: term.width };
    case "factorisation":
      return { kind: "factorisation", name, features: term.features, width: term.width };
    case "deep":
      return {
        kind: "deep",
        name,
        inputs: term.inputs.map(deepInput),
        layers: layersTo(1, term.hidden, term.activation),
      };
    case "towers": {
      const { width, activation, last } = term;
      const tower = ({ inputs, hidden }: typeof term.left): Tower => ({
        inputs: inputs.map(deepInput),
        layers: layersTo(width, hidden, activation, last),
      });
      return { kind: "towers", name, left: tower(term.left), right: tower(term.right) };
    }
    case "cross": {
      const { crosses, form, structure, hidden, activation } = term;
      const inputs = term.inputs.map(deepInput);
      return {
        kind: "cross",
        name,
        inputs,
        crosses,
        form,
        structure,
        layers: layersTo(1, hidden, activation),
      };
    }
    case "interaction": {
      const { features, dense, above, width, bottom, hidden, activation } = term;
      const below = dense.length === 0 ? [] : [...bottom, width].map((units) => ({ units, activation }));
      return {
        kind: "interaction",
        name,
        features,
        dense,
        ...(above === undefined ? {} : { above }),
        width,
        bottom: below,
        top: layersTo(1, hidden, activation),
      };
    }
  }
}

/** Vectors and layers begin as noise, so that they have gradients; a layer's is scaled by its inputs (He et al. 2015). */
export function newRowRules(
  term: TermConfig,
  features: Parameters<typeof tableShapes>[1]["features"],
): [string, NewRowRule][] {
  const noise = "noise" in term ? term.noise : 0;
  return tableShapes(termSpec(term), { features }).flatMap((shape): [string, NewRowRule][] =>
    shape.begins === "zero" ? [] : [[shape.name, { noise: beginning(shape, noise) }]],
  );
}

function beginning({ begins, rows }: TableShape, noise: number): number {
  return begins === "fan-in" && typeof rows === "number" ? Math.sqrt(2 / rows) : noise;
}

function deepInput(input: InputConfig): DeepInput {
  if (typeof input === "string") return { kind: "dense", feature: input };
  if ("feature" in input) {
    const { feature, width, from } = input;
    return { kind: "embedding", feature, width, ...(from === undefined ? {} : { from }) };
  }
  if ("sum" in input) return { kind: "sum", features: input.sum, width: input.width };
  const [left, right] = input.product;
  return { kind: "product", left, right, width: input.width };
}

/** Hidden layers, then a linear one, or one of another activation. */
function layersTo(
  units: number,
  hidden: readonly number[],
  activation: Activation,
  last: Activation = "linear",
): DeepLayer[] {
  return [...hidden.map((units) => ({ units, activation })), { units, activation: last }];
}
