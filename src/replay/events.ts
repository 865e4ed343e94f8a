import type { LogConfig } from "../config/config.js";
import { evaluateLabelRule } from "../config/label-rule.js";
import type { Column, LogDescription, LogSource, RowGroupColumns } from "../core/column.js";
import { incomplete } from "../core/errors.js";
import type { ModelSpec } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { type Rejections, reject, rejectionReasons } from "../core/rejections.js";
import type { Vocabulary } from "../core/vocabulary.js";
import { type EventBatch, type FeatureColumn, gatherBatch } from "../model/batch.js";
import { createEncoder, type Encoder } from "../model/encoders/encoder.js";
import { isAbsurd, TimeColumn } from "./event-times.js";
import { RejectedRows } from "./ledger.js";
import { type EventId, predictionOrder } from "./order.js";
import { planRead, type ReadPlan } from "./read-plan.js";

/** A whole log in memory, in prediction order, encoded for one model. */
export interface EventLog {
  events: EventBatch;
  /** Where each event came from: index into `description.files`, row group, row of the file. */
  origin: { file: Int32Array; rowGroup: Int32Array; row: Int32Array };
  description: LogDescription;
  /** Ids that the model's vocabularies do not hold, by feature. */
  newIds: ReadonlyMap<string, readonly string[]>;
  rowsRead: number;
  rejected: RejectedRows;
  timeUnit: string;
}

export interface ReadOptions {
  log: LogConfig;
  spec: ModelSpec;
  vocabularies: ReadonlyMap<string, Vocabulary>;
  labels: "required" | "ignored";
  maxRows: number;
  progress: Progress;
}

/**
 * Reads, encodes and orders a log. Rows that cannot be used are counted by reason, and more than `log.maxRejected`
 * of them is an error (exit 3). Errors: see planRead, and what the source finds in its files.
 */
export async function readEvents(source: LogSource, options: ReadOptions): Promise<EventLog> {
  const description = await source.describe();
  const plan = planRead(options.log, options.spec, description, options);
  const reader = new EventReader(plan, description, options);
  options.progress.start(plan.rows, "rows read");
  for await (const block of source.read(plan.columns)) {
    reader.add(block);
    options.progress.advance(block.rows);
  }
  options.progress.finish();
  return reader.finish();
}

/** Fills preallocated arrays block by block; rows that are set aside leave no gap. */
class EventReader {
  readonly #plan: ReadPlan;
  readonly #description: LogDescription;
  readonly #options: ReadOptions;
  readonly #encoders: readonly Encoder[];
  readonly #shownAt: TimeColumn;
  readonly #knownAt: TimeColumn | undefined;
  readonly #label: Float64Array;
  readonly #weight: Float64Array | undefined;
  readonly #columns: (Int32Array | Float64Array)[];
  readonly #offsets: Float64Array[];
  readonly #file: Int32Array;
  readonly #rowGroup: Int32Array;
  readonly #row: Int32Array;
  readonly #eventIds: EventId[] | undefined;
  readonly #rejections: Rejections;
  #rows = 0;

  constructor(plan: ReadPlan, description: LogDescription, options: ReadOptions) {
    const { rows } = plan;
    this.#plan = plan;
    this.#description = description;
    this.#options = options;
    this.#encoders = options.spec.features.map((feature) =>
      createEncoder(feature, options.vocabularies.get(feature.name)),
    );
    this.#shownAt = new TimeColumn(rows, plan.time.type, options.log.time.unit);
    this.#knownAt = plan.known && new TimeColumn(rows, plan.known.type, undefined);
    this.#label = new Float64Array(plan.label === undefined ? 0 : rows);
    this.#weight = options.log.weight === undefined ? undefined : new Float64Array(rows);
    this.#columns = this.#encoders.map(({ kind }) =>
      kind === "rows" ? new Int32Array(rows) : new Float64Array(rows),
    );
    this.#offsets = plan.offsets.map(() => new Float64Array(rows));
    this.#file = new Int32Array(rows);
    this.#rowGroup = new Int32Array(rows);
    this.#row = new Int32Array(rows);
    this.#eventIds = options.log.eventId === undefined ? undefined : [];
    this.#rejections = new Uint8Array(rows);
  }

  add(block: RowGroupColumns): void {
    const at = this.#rows;
    const { rows } = block;
    if (at + rows > this.#plan.rows) throw moreRowsThanFooters(this.#plan.rows);
    const rejections = this.#rejections.subarray(at, at + rows);
    this.#shownAt.add(columnOf(block, this.#plan.time.name), rows, at);
    if (this.#plan.known !== undefined) this.#knownAt?.add(columnOf(block, this.#plan.known.name), rows, at);
    this.#encoders.forEach((encoder, index) => {
      const into = this.#columns[index];
      if (into !== undefined)
        encoder.encode(columnOf(block, encoder.feature.column), rows, into, at, rejections);
    });
    this.#plan.offsets.forEach((name, index) => {
      const into = this.#offsets[index]?.subarray(at, at + rows);
      if (into !== undefined) copyNumbers(columnOf(block, name), into, rejections, "offset-invalid");
    });
    this.#addLabels(block, rejections, at);
    if (this.#eventIds !== undefined)
      addEventIds(block, this.#options.log.eventId ?? "", this.#eventIds, rejections);
    for (let row = 0; row < rows; row++) {
      this.#file[at + row] = block.file;
      this.#rowGroup[at + row] = block.rowGroup;
      this.#row[at + row] = block.firstRow + row;
    }
    this.#rows += rows;
  }

  finish(): EventLog {
    const rows = this.#rows;
    const { log } = this.#options;
    const shown = this.#shownAt.finish(rows);
    const rejections = this.#rejections.subarray(0, rows);
    for (let row = 0; row < rows; row++) {
      const time = shown.micros[row] ?? Number.NaN;
      if (Number.isNaN(time)) reject(rejections, row, "time-missing");
      else if (isAbsurd(time)) reject(rejections, row, "time-out-of-range");
    }
    const knownAt = this.#finishKnown(shown.micros, rejections);
    const order = this.#acceptedOrder(shown.micros, rejections);
    const rejected = this.#countRejected(rejections);
    rejected.check(rows, log.maxRejected);
    const unordered: EventBatch = {
      rows,
      shownAtMicros: shown.micros,
      knownAtMicros: knownAt,
      label: this.#label,
      ...(this.#weight === undefined ? {} : { weight: this.#weight }),
      features: this.#featureColumns(),
      offsets: new Map(
        this.#plan.offsets.map((name, index) => [name, this.#offsets[index] ?? new Float64Array(0)]),
      ),
    };
    const take = (values: Int32Array): Int32Array => Int32Array.from(order, (row) => values[row] ?? 0);
    return {
      events: gatherBatch(unordered, order),
      origin: { file: take(this.#file), rowGroup: take(this.#rowGroup), row: take(this.#row) },
      description: this.#description,
      newIds: new Map(this.#encoders.map((encoder) => [encoder.feature.name, encoder.newIds])),
      rowsRead: rows,
      rejected,
      timeUnit: `${shown.unit}: ${shown.because}`,
    };
  }

  #addLabels(block: RowGroupColumns, rejections: Rejections, at: number): void {
    const { label } = this.#plan;
    if (label === undefined) return;
    const { log, spec } = this.#options;
    const missing = log.label?.missing ?? "reject";
    const { labels, undefinedRows } = evaluateLabelRule(
      label,
      block.columns,
      block.rows,
      log.label?.precision ?? "float64",
    );
    for (let row = 0; row < block.rows; row++) {
      let value = labels[row] ?? Number.NaN;
      if (undefinedRows[row] !== 0) {
        if (missing === "reject") reject(rejections, row, "label-undefined");
        else value = missing;
      } else if (spec.learner.link === "logistic" && value !== 0 && value !== 1) {
        reject(rejections, row, "label-not-binary");
      }
      this.#label[at + row] = value;
    }
    if (this.#weight !== undefined) {
      const weights = this.#weight.subarray(at, at + block.rows);
      copyNumbers(columnOf(block, log.weight ?? ""), weights, rejections, "weight-invalid");
    }
  }

  /** Known-at of each row: as a column says (never, where it is null), or shown-at plus the delay of its label class. */
  #finishKnown(shownAtMicros: Float64Array, rejections: Rejections): Float64Array {
    const rows = shownAtMicros.length;
    if (this.#knownAt !== undefined) {
      const { micros } = this.#knownAt.finish(rows);
      for (let row = 0; row < rows; row++) {
        const known = micros[row] ?? Number.NaN;
        if (Number.isNaN(known)) micros[row] = Number.POSITIVE_INFINITY;
        else if (known < (shownAtMicros[row] ?? 0)) reject(rejections, row, "known-before-shown");
      }
      return micros;
    }
    const { known } = this.#options.log;
    const after = known !== undefined && "after" in known ? known.after : 0;
    const [positive, negative] =
      typeof after === "number" ? [after, after] : [after.positive, after.negative];
    return Float64Array.from(
      shownAtMicros,
      (shown, row) => shown + (this.#label[row] === 1 ? positive : negative),
    );
  }

  /** Rows that can be used, in prediction order; a repeated event id is set aside after its first. */
  #acceptedOrder(shownAtMicros: Float64Array, rejections: Rejections): Int32Array {
    const order = predictionOrder(shownAtMicros, this.#eventIds);
    const seen = new Set<EventId>();
    return order.filter((row) => {
      if (rejections[row] !== 0) return false;
      const id = this.#eventIds?.[row];
      if (id === undefined) return true;
      if (seen.has(id)) reject(rejections, row, "event-id-repeated");
      else seen.add(id);
      return rejections[row] === 0;
    });
  }

  #featureColumns(): Map<string, FeatureColumn> {
    const features = new Map<string, FeatureColumn>();
    this.#encoders.forEach((encoder, index) => {
      const column = this.#columns[index];
      const { name } = encoder.feature;
      if (column instanceof Int32Array)
        features.set(name, { kind: "rows", codes: column, newIds: encoder.newIds });
      else if (column !== undefined) features.set(name, { kind: "values", values: column });
    });
    return features;
  }

  #countRejected(rejections: Rejections): RejectedRows {
    const rejected = new RejectedRows();
    rejections.forEach((code, row) => {
      const reason = rejectionReasons[code - 1];
      if (code === 0 || reason === undefined) return;
      const file = this.#description.files[this.#file[row] ?? 0]?.path ?? "";
      rejected.add(reason, { file, rowGroup: this.#rowGroup[row] ?? 0, row: this.#row[row] ?? 0 });
    });
    return rejected;
  }
}

function columnOf(block: RowGroupColumns, name: string): Column {
  const column = block.columns.get(name);
  if (column === undefined) throw new TypeError(`row group without column ${name}`);
  return column;
}

function copyNumbers(
  column: Column,
  into: Float64Array,
  rejections: Rejections,
  reason: "offset-invalid" | "weight-invalid",
): void {
  for (let row = 0; row < into.length; row++) {
    const value = column.kind === "number" ? (column.values[row] ?? Number.NaN) : Number.NaN;
    const valid = Number.isFinite(value) && (reason === "offset-invalid" || value >= 0);
    if (!valid) reject(rejections, row, reason);
    into[row] = valid ? value : 0;
  }
}

function addEventIds(block: RowGroupColumns, name: string, into: EventId[], rejections: Rejections): void {
  const column = columnOf(block, name);
  for (let row = 0; row < block.rows; row++) {
    const id = column.kind === "number" ? column.values[row] : column.distinct[column.codes[row] ?? -1];
    if (id === undefined || Number.isNaN(id)) reject(rejections, row, "event-id-missing");
    into.push(id ?? 0);
  }
}

function moreRowsThanFooters(rows: number): Error {
  return incomplete({
    found: "more rows than the files' footers say",
    expected: `${rows} rows`,
    next: "check the files with unbatch inspect",
  });
}
