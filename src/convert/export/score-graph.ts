import { UnbatchError } from "../../core/errors.js";
import {
  type CrossSpec,
  type DeepInput,
  type DeepLayer,
  type InteractionSpec,
  isPairwise,
  type ModelSpec,
  type TermSpec,
  tableName,
} from "../../core/model-spec.js";
import { interactionVectors } from "../../core/table-shapes.js";
import { type ServingGraph, ServingGraphBuilder } from "./serving-graph.js";

/**
 * The sum of a model's terms as operations on rows and numbers; each term as src/model/terms has it, which is the oracle.
 * Tensors are named `<table>/weight`, inputs as ServingInput says.
 * Errors: a bag, whose rows are not one an event; frozen trees.
 */
export function scoreGraph(spec: ModelSpec): ServingGraph {
  const builder = new TermGraph(spec);
  const score = builder.sum(spec.terms.map((term) => builder.term(term)));
  const { link } = spec.learner;
  return { inputs: builder.inputs, nodes: builder.nodes, score, link: isPairwise(link) ? "squared" : link };
}

class TermGraph extends ServingGraphBuilder {
  readonly #spec: ModelSpec;

  constructor(spec: ModelSpec) {
    super();
    this.#spec = spec;
  }

  term(term: TermSpec): string {
    const own = (part?: string): string => tableName(term.name, part);
    switch (term.kind) {
      case "offset":
        return this.add({ kind: "numbers", input: this.input("numbers", term.column, "offset") });
      case "bias":
        return this.add({ kind: "constant", tensor: weightOf(own()) });
      case "linear":
        return this.sum(term.features.map((feature) => this.#vector(feature, own(feature))));
      case "dot":
        return this.dot(this.#vector(term.left, own(term.left)), this.#vector(term.right, own(term.right)));
      case "factorisation":
        return this.#pairs(term.features.map((feature) => this.#vector(feature, own(feature))));
      case "deep":
        return this.#layers(this.#inputs(term.inputs, own), term.layers, own);
      case "towers": {
        const [left, right] = (["left", "right"] as const).map((side) => {
          const ofSide = (part: string): string => own(`${side}/${part}`);
          return this.#layers(this.#inputs(term[side].inputs, ofSide), term[side].layers, ofSide);
        });
        return this.dot(left ?? "", right ?? "");
      }
      case "cross":
        return this.#cross(term, own);
      case "interaction":
        return this.#interaction(term, own);
      case "leaves":
        throw new UnbatchError({
          where: `term ${term.name}`,
          found: "frozen trees, which are no layers",
          expected: "terms of rows, numbers and layers",
          next: "serve the trees as they are and add the table of their leaves: unbatch export MODEL --to safetensors",
        });
    }
  }

  /** The vector of one feature: a row of its table, or its one row times the number. */
  #vector(feature: string, table: string): string {
    const spec = this.#spec.features.find(({ name }) => name === feature);
    if (spec?.bag !== undefined) {
      throw new UnbatchError({
        where: `feature ${feature}`,
        found: "a bag: any number of rows an event",
        expected: "one row an event",
        next: "unbatch export MODEL --to safetensors (or pytorch), whose tables torch.nn.EmbeddingBag takes",
      });
    }
    if (spec?.encoder.kind !== "dense")
      return this.add({ kind: "rows", table: weightOf(table), input: this.input("rows", feature) });
    return this.add({ kind: "layer", of: this.#number(feature), kernel: weightOf(table) });
  }

  #number(feature: string): string {
    return this.add({ kind: "numbers", input: this.input("numbers", feature) });
  }

  /** The sum over pairs of vectors of their inner products: each with the sum of those before it. O(vectors). */
  #pairs([first = "", ...others]: readonly string[]): string {
    let before = first;
    const products = others.map((vector, at) => {
      const product = this.dot(before, vector);
      if (at < others.length - 1) before = this.add({ kind: "sum", of: [before, vector] });
      return product;
    });
    return this.sum(products);
  }

  #inputs(list: readonly DeepInput[], tableOf: (part: string) => string): string {
    return this.#joined(list.map((input) => this.#input(input, tableOf)));
  }

  #input(input: DeepInput, tableOf: (part: string) => string): string {
    const own = (feature: string): string => this.#vector(feature, tableOf(feature));
    switch (input.kind) {
      case "dense":
        return this.#number(input.feature);
      case "embedding": {
        const { feature, from } = input;
        return from === undefined ? own(feature) : this.#vector(feature, tableName(from, feature));
      }
      case "product":
        return this.add({ kind: "product", of: [own(input.left), own(input.right)] });
      case "sum":
        return this.sum(input.features.map(own));
    }
  }

  #joined(of: readonly string[]): string {
    const [only, second] = of;
    return only !== undefined && second === undefined ? only : this.add({ kind: "concatenation", of });
  }

  #layers(inputs: string, layers: readonly DeepLayer[], tableOf: (part: string) => string): string {
    return layers.reduce((of, { activation }, index) => {
      const [kernel, bias] = [`kernel_${index}`, `bias_${index}`].map((part) => weightOf(tableOf(part)));
      const sums = this.add({ kind: "layer", of, kernel: kernel ?? "", bias: bias ?? "" });
      return activation === "linear" ? sums : this.add({ kind: "activation", of: sums, activation });
    }, inputs);
  }

  #cross(term: CrossSpec, own: (part: string) => string): string {
    const first = this.#inputs(term.inputs, own);
    let last = first;
    for (let index = 0; index < term.crosses; index++) {
      const kernel = weightOf(own(`cross_kernel_${index}`));
      const bias = weightOf(own(`cross_bias_${index}`));
      if (term.form === "matrix") {
        const factor = this.add({ kind: "layer", of: last, kernel, bias });
        last = this.sum([this.add({ kind: "product", of: [first, factor] }), last]);
      } else {
        const factor = this.dot(last, this.add({ kind: "constant", tensor: kernel }));
        const crossed = this.add({ kind: "product", of: [first, factor] });
        last = this.sum([crossed, this.add({ kind: "constant", tensor: bias }), last]);
      }
    }
    if (term.structure === "stacked") return this.#layers(last, term.layers, own);
    const output = this.add({ kind: "layer", of: last, kernel: weightOf(own("cross_output")) });
    return this.sum([this.#layers(first, term.layers, own), output]);
  }

  #interaction(term: InteractionSpec, own: (part: string) => string): string {
    const numbers =
      term.dense.length === 0
        ? []
        : [
            this.#layers(
              this.#joined(term.dense.map((feature) => this.#number(feature))),
              term.bottom,
              (part) => own(`bottom/${part}`),
            ),
          ];
    const vectors = [...numbers, ...term.features.map((feature) => this.#vector(feature, own(feature)))];
    const products = vectors.flatMap((vector, i) =>
      vectors.slice(0, i).map((other) => this.dot(vector, other)),
    );
    const { raised } = interactionVectors(term);
    const joined = this.#joined([...vectors.slice(0, raised), ...products]);
    return this.#layers(joined, term.top, (part) => own(`top/${part}`));
  }
}

function weightOf(table: string): string {
  return `${table}/weight`;
}
