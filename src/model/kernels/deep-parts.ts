import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import { optimizerOf, tableShapes } from "../../core/table-shapes.js";
import type { FeatureRows } from "../feature-rows.js";
import type { ModelState } from "../state.js";
import type { Table } from "../table.js";
import type { SpecOf } from "../terms/term.js";

/** A model of one deep term, alone or beside bias, linear and factorisation terms, that the deep kernel knows. */
export interface DeepParts {
  spec: SpecOf<"deep">;
  /** What an event is to the kernel: a word each, a table row or a number. */
  features: readonly EventFeature[];
  /** What the deep term's inputs are, in order. */
  inputs: readonly { feature: number; table: Table | undefined; width: number }[];
  layers: readonly { kernel: Table; bias: Table }[];
  /** Weights that are added to the score by themselves. */
  singles: readonly Single[];
  /** Vectors of a factorisation, all of one width; none without one. */
  factors: readonly FeatureTable[];
  /** Every table with its optimizer, in the state's order. */
  tables: readonly { table: Table; optimizer: OptimizerSpec }[];
}

export type EventFeature = { name: string } & ({ kind: "row"; rows: FeatureRows } | { kind: "number" });

/** A table that an event has a row of, or one row times its number. */
export interface FeatureTable {
  kind: EventFeature["kind"];
  feature: number;
  table: Table;
}

export type Single = { kind: "constant"; table: Table } | FeatureTable;

/** The parts of a model that the kernel knows; undefined for any other. */
export function deepParts(state: ModelState): DeepParts | undefined {
  const { terms, learner } = state.spec;
  const spec = terms.find((term) => term.kind === "deep");
  if (spec === undefined || learner.precision !== "float32") return undefined;
  const others = terms.filter((term) => term !== spec);
  const factorisations = others.filter(({ kind }) => kind === "factorisation");
  if (factorisations.length > 1) return undefined;
  if (!others.every(({ kind }) => ["bias", "linear", "factorisation"].includes(kind))) return undefined;
  const features = new EventFeatures(state);
  const inputs: DeepParts["inputs"][number][] = [];
  for (const input of spec.inputs) {
    if (input.kind === "product" || input.kind === "sum") return undefined;
    // Vectors of another term, which both learn.
    if (input.kind === "embedding" && input.from !== undefined) return undefined;
    const table = input.kind === "dense" ? undefined : state.table(`${spec.name}/${input.feature}`);
    inputs.push({ feature: features.indexOf(input.feature), table, width: table?.width ?? 1 });
  }
  const featureTables = (term: string, names: readonly string[]): FeatureTable[] =>
    names.map((name) => {
      const feature = features.indexOf(name);
      const kind = features.list[feature]?.kind ?? "number";
      return { kind, feature, table: state.table(`${term}/${name}`) };
    });
  const singles = others.flatMap((term): Single[] => {
    if (term.kind === "bias") return [{ kind: "constant", table: state.table(term.name) }];
    return term.kind === "linear" ? featureTables(term.name, term.features) : [];
  });
  const factors = others.flatMap((term) =>
    term.kind === "factorisation" ? featureTables(term.name, term.features) : [],
  );
  const layers = spec.layers.map((_, index) => ({
    kernel: state.table(`${spec.name}/kernel_${index}`),
    bias: state.table(`${spec.name}/bias_${index}`),
  }));
  const tables = terms.flatMap((term) =>
    tableShapes(term, state.spec).flatMap((shape) => {
      const optimizer = optimizerOf(learner.optimizers, shape);
      return optimizer === undefined ? [] : [{ table: state.table(shape.name), optimizer }];
    }),
  );
  const parts = { spec, features: features.list, inputs, layers, singles, factors, tables };
  const ofRows = rowTables(parts);
  // A table that is read twice would have two gradients an event.
  if (new Set(ofRows).size !== ofRows.length) return undefined;
  // Every row of it at every update: the kernel knows this of dense tensors alone.
  return ofRows.some(({ optimizer }) => optimizer.updates === "all") ? undefined : parts;
}

/** The tables that events have rows of; the gradients of all others are sums over the batch. */
export function rowTables(parts: Pick<DeepParts, "inputs" | "singles" | "factors">): Table[] {
  const beside = [...parts.singles, ...parts.factors].filter(({ kind }) => kind === "row");
  return [...parts.inputs, ...beside].flatMap(({ table }) => (table === undefined ? [] : [table]));
}

/** The features that are read, each once. */
class EventFeatures {
  readonly list: EventFeature[] = [];
  readonly #state: ModelState;

  constructor(state: ModelState) {
    this.#state = state;
  }

  indexOf(name: string): number {
    const at = this.list.findIndex((feature) => feature.name === name);
    if (at >= 0) return at;
    const encoder = this.#state.spec.features.find((feature) => feature.name === name)?.encoder;
    this.list.push(
      encoder?.kind === "dense"
        ? { name, kind: "number" }
        : { name, kind: "row", rows: this.#state.rows(name) },
    );
    return this.list.length - 1;
  }
}
