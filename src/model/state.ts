import { type ModelSpec, type TermSpec, tableName } from "../core/model-spec.js";
import type { EventBatch } from "./batch.js";
import { FeatureRows } from "./feature-rows.js";
import { createOptimizer } from "./optimizers/optimizer.js";
import { Table } from "./table.js";
import type { TermContext } from "./terms/term.js";

/** Shape of one table, as its term calls for it. `feature` is the one whose ids its rows are. */
export interface TableShape {
  name: string;
  term: string;
  width: number;
  rows: number | { feature: string };
}

/** Rows of each categorical feature's tables before any new id, and the row of an unknown id. */
export interface FeatureSize {
  rows: number;
  unknownRow: number;
}

/** Everything that learning changes: tables with their slots, and the rows of new ids. */
export class ModelState implements TermContext {
  readonly spec: ModelSpec;
  readonly tables: readonly Table[];
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #rows: ReadonlyMap<string, FeatureRows>;
  readonly #sizes: ReadonlyMap<string, FeatureSize>;
  readonly #newIds: ReadonlyMap<string, readonly string[]>;
  readonly #termOf = new Map<Table, string>();

  constructor(
    spec: ModelSpec,
    sizes: ReadonlyMap<string, FeatureSize>,
    newIds: ReadonlyMap<string, readonly string[]>,
  ) {
    this.spec = spec;
    this.#sizes = sizes;
    this.#newIds = newIds;
    this.#rows = new Map(
      [...sizes].map(([feature, size]) => [
        feature,
        new FeatureRows({ feature, ...size, newIds: newIds.get(feature) ?? [] }),
      ]),
    );
    this.tables = spec.terms
      .flatMap((term) => tableShapes(term, spec))
      .map((shape) => this.#createTable(shape));
    this.#tables = new Map(this.tables.map((table) => [table.name, table]));
  }

  /** The tables that one term owns. */
  tablesOf(term: string): Table[] {
    return this.tables.filter((table) => this.#termOf.get(table) === term);
  }

  table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new TypeError(`no table ${name}`);
    return table;
  }

  rows(feature: string): FeatureRows {
    const rows = this.#rows.get(feature);
    if (rows === undefined) throw new TypeError(`feature ${feature} has no rows`);
    return rows;
  }

  /** The categorical features that some table keeps rows for, with their codes in this batch. */
  touchedBy(batch: EventBatch): { rows: FeatureRows; codes: Int32Array }[] {
    const touched: { rows: FeatureRows; codes: Int32Array }[] = [];
    for (const [feature, column] of batch.features) {
      const rows = this.#rows.get(feature);
      if (column.kind === "rows" && rows !== undefined && rows.tables.length > 0) {
        touched.push({ rows, codes: column.codes });
      }
    }
    return touched;
  }

  /** Becomes a copy of a state of the same model and log: its weights, or its slots too. */
  copyFrom(other: ModelState, part: "weights" | "all"): void {
    for (const [name, table] of this.#tables) table.copyFrom(other.table(name), part);
    for (const [feature, rows] of this.#rows) rows.copyFrom(other.rows(feature));
  }

  /**
   * A copy under other learner settings: weights and rows as they are, slots where the optimizer keeps the same ones,
   * else its initial ones.
   */
  derive(learner: ModelSpec["learner"]): ModelState {
    const state = new ModelState({ ...this.spec, learner }, this.#sizes, this.#newIds);
    state.copyFrom(this, "weights");
    for (const table of state.tables) {
      const source = this.table(table.name);
      const sameSlots = source.optimizer.slotNames.join() === table.optimizer.slotNames.join();
      if (sameSlots) table.copyFrom(source, "all");
      else for (let row = 0; row < table.rows; row++) table.startSlots(row);
    }
    return state;
  }

  #createTable(shape: TableShape): Table {
    const { spec } = this;
    const optimizer = spec.learner.optimizers[shape.term];
    if (optimizer === undefined) throw new TypeError(`no optimizer for term ${shape.term}`);
    const featureRows = typeof shape.rows === "number" ? undefined : this.rows(shape.rows.feature);
    const rows = featureRows?.rows ?? (shape.rows as number);
    const table = new Table({
      name: shape.name,
      width: shape.width,
      rows,
      capacity: rows + (featureRows?.newIds.length ?? 0),
      precision: spec.learner.precision,
      optimizer: createOptimizer(optimizer),
      newRow: spec.newRows[shape.name] ?? { noise: 0 },
      seed: spec.learner.seed,
    });
    featureRows?.tables.push(table);
    this.#termOf.set(table, shape.term);
    return table;
  }
}

/** The tables that a term owns: the one place that knows their names and shapes. */
export function tableShapes(term: TermSpec, spec: ModelSpec): TableShape[] {
  const { name } = term;
  switch (term.kind) {
    case "offset":
      return [];
    case "bias":
      return [{ name: tableName(name), term: name, width: 1, rows: 1 }];
    case "linear":
      return term.features.map((feature) => ({
        name: tableName(name, feature),
        term: name,
        width: 1,
        rows: isDense(spec, feature) ? 1 : { feature },
      }));
    case "dot":
      return [term.left, term.right].map((feature) => ({
        name: tableName(name, feature),
        term: name,
        width: term.width,
        rows: { feature },
      }));
    case "deep":
      return deepShapes(term);
  }
}

function deepShapes(term: Extract<TermSpec, { kind: "deep" }>): TableShape[] {
  const { name } = term;
  const shapes: TableShape[] = [];
  let below = 0;
  for (const input of term.inputs) {
    below += input.kind === "dense" ? 1 : input.width;
    if (input.kind === "embedding") {
      const { feature, width } = input;
      shapes.push({ name: tableName(name, feature), term: name, width, rows: { feature } });
    }
  }
  term.layers.forEach(({ units }, index) => {
    shapes.push({ name: tableName(name, `kernel_${index}`), term: name, width: units, rows: below });
    shapes.push({ name: tableName(name, `bias_${index}`), term: name, width: units, rows: 1 });
    below = units;
  });
  return shapes;
}

function isDense(spec: ModelSpec, feature: string): boolean {
  return spec.features.find(({ name }) => name === feature)?.encoder.kind === "dense";
}
