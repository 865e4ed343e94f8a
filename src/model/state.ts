import type { ModelSpec } from "../core/model-spec.js";
import { optimizerOf, type TableShape, tableShapes } from "../core/table-shapes.js";
import type { PackedTexts } from "../core/text-list.js";
import type { EventBatch } from "./batch.js";
import { FeatureRows, type Touched, touchedRows } from "./feature-rows.js";
import type { Forest } from "./forest.js";
import { createOptimizer } from "./optimizers/optimizer.js";
import { Table } from "./table.js";
import type { TermContext } from "./terms/term.js";

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
  readonly #forests: ReadonlyMap<string, Forest>;
  readonly #termOf = new Map<Table, string>();
  /** Of their optimizers. */
  readonly #kinds = new Map<Table, string>();

  constructor(
    spec: ModelSpec,
    sizes: ReadonlyMap<string, FeatureSize>,
    newIds: ReadonlyMap<string, readonly string[]>,
    /** Of the `leaves` terms, by name. */
    forests: ReadonlyMap<string, Forest> = new Map(),
  ) {
    this.spec = spec;
    this.#sizes = sizes;
    // Counts are kept beside the ids of a vocabulary, and nowhere else.
    const counted = new Set(
      spec.features.filter(({ encoder }) => encoder.kind === "vocabulary").map(({ name }) => name),
    );
    this.#forests = forests;
    this.#rows = new Map(
      [...sizes].map(([feature, size]) => [
        feature,
        new FeatureRows({
          ...{ feature, ...size, isCounted: counted.has(feature) },
          newIds: newIds.get(feature) ?? [],
        }),
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

  forest(term: string): Forest {
    const forest = this.#forests.get(term);
    if (forest === undefined) throw new TypeError(`term ${term} has no trees`);
    return forest;
  }

  /** Takes in ids that were met after the state was made. Returns whether there is no room for them (see FeatureRows). */
  addNewIds(newIds: ReadonlyMap<string, PackedTexts>): boolean {
    let isFull = false;
    for (const [feature, ids] of newIds)
      if (ids.ends.length > 0) isFull = this.rows(feature).addNewIds(ids) || isFull;
    return isFull;
  }

  /** New ids of each feature that are known but have no row yet, and the bytes that their rows would take. */
  growth(): { name: string; rows: number; bytes: number }[] {
    return [...this.#rows.values()].map(({ feature, awaited, tables }) => {
      const rowBytes = tables.reduce((sum, table) => sum + table.rowBytes, 0);
      return { name: feature, rows: awaited, bytes: awaited * rowBytes };
    });
  }

  /** Longer arrays where there is no room for the new ids. */
  makeRoom(): void {
    for (const table of this.tables) table.makeRoom();
  }

  /** The categorical features that some table keeps rows for. */
  touchedBy(batch: EventBatch): Touched[] {
    const touched: Touched[] = [];
    for (const [feature, column] of batch.features) {
      const rows = this.#rows.get(feature);
      if (column.kind !== "values" && rows !== undefined && rows.tables.length > 0)
        touched.push(touchedRows(rows, column));
    }
    return touched;
  }

  /** Becomes a copy of a state of the same model and log: its weights, or its slots too. */
  copyFrom(other: ModelState, part: "weights" | "all"): void {
    for (const [name, table] of this.#tables) table.copyFrom(other.table(name), part);
    for (const [feature, rows] of this.#rows) rows.copyFrom(other.rows(feature));
  }

  /**
   * A copy under other learner settings: weights and rows as they are, slots and the count of updates where the
   * optimizer is of the same kind and keeps the same ones, else its initial ones.
   */
  derive(learner: ModelSpec["learner"]): ModelState {
    const newIds = new Map([...this.#rows].map(([feature, rows]) => [feature, rows.newIds.strings()]));
    const state = new ModelState({ ...this.spec, learner }, this.#sizes, newIds, this.#forests);
    state.copyFrom(this, "weights");
    for (const table of state.tables) {
      const source = this.table(table.name);
      const sameSlots = source.optimizer.slotNames.join() === table.optimizer.slotNames.join();
      if (sameSlots && this.#kinds.get(source) === state.#kinds.get(table)) table.copyFrom(source, "all");
      else for (let row = 0; row < table.rows; row++) table.startSlots(row);
    }
    return state;
  }

  #createTable(shape: TableShape): Table {
    const { spec } = this;
    const optimizer = optimizerOf(spec.learner.optimizers, shape);
    if (optimizer === undefined) throw new TypeError(`no optimizer for term ${shape.term}`);
    const featureRows = typeof shape.rows === "number" ? undefined : this.rows(shape.rows.feature);
    const rows = featureRows?.rows ?? (shape.rows as number);
    const table = new Table({
      name: shape.name,
      width: shape.width,
      rows,
      capacity: rows + (featureRows?.newIds.length ?? 0),
      precision: spec.learner.precision,
      optimizer: createOptimizer(optimizer, shape.kind),
      newRow: spec.newRows[shape.name] ?? { noise: 0 },
      seed: spec.learner.seed,
    });
    featureRows?.tables.push(table);
    this.#termOf.set(table, shape.term);
    this.#kinds.set(table, optimizer.kind);
    return table;
  }
}
