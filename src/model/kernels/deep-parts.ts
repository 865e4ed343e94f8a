import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import { learnerKeys, optimizerOf } from "../../core/table-shapes.js";
import type { FeatureRows } from "../feature-rows.js";
import type { ModelState } from "../state.js";
import type { Table } from "../table.js";
import type { SpecOf } from "../terms/term.js";

/** A model of one deep term, alone or beside bias and linear terms, that the deep kernel knows. */
export interface DeepParts {
  spec: SpecOf<"deep">;
  /** What an event is to the kernel: a word each, a table row or a number. */
  features: readonly EventFeature[];
  /** What the deep term's inputs are, in order. */
  inputs: readonly { feature: number; table: Table | undefined; width: number }[];
  layers: readonly { kernel: Table; bias: Table }[];
  /** Weights that are added to the score by themselves. */
  singles: readonly Single[];
  /** Every table with its optimizer, in the state's order. */
  tables: readonly { table: Table; optimizer: OptimizerSpec }[];
}

export type EventFeature = { name: string } & ({ kind: "row"; rows: FeatureRows } | { kind: "number" });

export type Single = { table: Table } & ({ kind: "constant" } | { kind: "row" | "number"; feature: number });

/** The parts of a model that the kernel knows; undefined for any other. */
export function deepParts(state: ModelState): DeepParts | undefined {
  const { terms, learner } = state.spec;
  const spec = terms.find((term) => term.kind === "deep");
  if (spec === undefined || learner.precision !== "float32") return undefined;
  const others = terms.filter((term) => term !== spec);
  const isKnown = terms.flatMap(learnerKeys).every((key) => isKnownOptimizer(learner.optimizers[key]));
  if (!isKnown || !others.every(({ kind }) => kind === "bias" || kind === "linear")) return undefined;
  const features = new EventFeatures(state);
  const inputs: DeepParts["inputs"][number][] = [];
  for (const input of spec.inputs) {
    if (input.kind === "product" || input.kind === "sum") return undefined;
    const table = input.kind === "dense" ? undefined : state.table(`${spec.name}/${input.feature}`);
    inputs.push({ feature: features.indexOf(input.feature), table, width: table?.width ?? 1 });
  }
  const singles = others.flatMap((term): Single[] => {
    const names = term.kind === "linear" ? term.features : [];
    if (term.kind === "bias") return [{ kind: "constant", table: state.table(term.name) }];
    return names.map((name) => {
      const feature = features.indexOf(name);
      const kind = features.list[feature]?.kind ?? "number";
      return { kind, feature, table: state.table(`${term.name}/${name}`) };
    });
  });
  const layers = spec.layers.map((_, index) => ({
    kernel: state.table(`${spec.name}/kernel_${index}`),
    bias: state.table(`${spec.name}/bias_${index}`),
  }));
  const ofLayers = new Set(layers.flatMap(({ kernel, bias }) => [kernel, bias]));
  const tables = terms.flatMap(({ name: term }) =>
    state.tablesOf(term).flatMap((table) => {
      const optimizer = optimizerOf(learner.optimizers, {
        term,
        kind: ofLayers.has(table) ? "dense" : "rows",
      });
      return optimizer === undefined ? [] : [{ table, optimizer }];
    }),
  );
  const parts = { spec, features: features.list, inputs, layers, singles, tables };
  const ofRows = rowTables(parts);
  // A table that is read twice would have two gradients an event.
  if (new Set(ofRows).size !== ofRows.length) return undefined;
  // Every row of it at every update: the kernel knows this of dense tensors alone.
  return ofRows.some(({ optimizer }) => optimizer.updates === "all") ? undefined : parts;
}

/** The tables that events have rows of; the gradients of all others are sums over the batch. */
export function rowTables({ inputs, singles }: Pick<DeepParts, "inputs" | "singles">): Table[] {
  const ofSingles = singles.flatMap(({ kind, table }) => (kind === "row" ? [table] : []));
  return [...inputs.flatMap(({ table }) => (table === undefined ? [] : [table])), ...ofSingles];
}

/** Layers without an optimizer of their own have their term's. */
function isKnownOptimizer(optimizer: OptimizerSpec | undefined): boolean {
  return optimizer?.kind !== "ftrl";
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
