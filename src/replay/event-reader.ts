import type { LogDescription, RowGroupColumns } from "../core/column.js";
import { incomplete } from "../core/errors.js";
import { gatherCodes, rowsWhere } from "../core/gather.js";
import { type Rejections, reject, rejectionReasons } from "../core/rejections.js";
import { type EventBatch, type FeatureColumn, gatherBatch, type Identity } from "../model/batch.js";
import { createEncoder, type Encoder } from "../model/encoders/encoder.js";
import { appendEventIds, columnOf, copyNumbers } from "./block-columns.js";
import { isAbsurd, TimeColumn } from "./event-times.js";
import type { EventLog, ReadOptions } from "./events.js";
import { IdentityColumn } from "./identity-column.js";
import { LabelColumns } from "./label-columns.js";
import { RejectedRows } from "./ledger.js";
import { type EventId, predictionOrder } from "./order.js";
import type { ReadPlan } from "./read-plan.js";

/** Fills preallocated arrays block by block, then puts the rows that can be used into prediction order. */
export class EventReader {
  readonly #plan: ReadPlan;
  readonly #description: LogDescription;
  readonly #options: ReadOptions;
  readonly #encoders: readonly Encoder[];
  readonly #columns: readonly (Int32Array | Float64Array)[];
  readonly #offsets: readonly Float64Array[];
  readonly #shownAt: TimeColumn;
  readonly #labels: LabelColumns;
  readonly #identities: readonly IdentityColumn[];
  readonly #file: Int32Array;
  readonly #rowGroup: Int32Array;
  readonly #row: Int32Array;
  readonly #eventIds: EventId[] | undefined;
  readonly #rejections: Rejections;
  #rows = 0;
  #bytes = 0;

  constructor(plan: ReadPlan, description: LogDescription, options: ReadOptions) {
    const { rows } = plan;
    const { log, spec, vocabularies } = options;
    this.#plan = plan;
    this.#description = description;
    this.#options = options;
    this.#encoders = spec.features.map((feature) => createEncoder(feature, vocabularies.get(feature.name)));
    this.#columns = this.#encoders.map(({ kind }) =>
      kind === "rows" ? new Int32Array(rows) : new Float64Array(rows),
    );
    this.#offsets = plan.offsets.map(() => new Float64Array(rows));
    this.#shownAt = new TimeColumn(rows, plan.time.type, log.time.unit);
    this.#labels = new LabelColumns(plan, log, spec.learner);
    this.#identities = plan.identities.map(() => new IdentityColumn(rows));
    this.#file = new Int32Array(rows);
    this.#rowGroup = new Int32Array(rows);
    this.#row = new Int32Array(rows);
    this.#eventIds = log.eventId === undefined ? undefined : [];
    this.#rejections = new Uint8Array(rows);
  }

  add(block: RowGroupColumns): void {
    const at = this.#rows;
    const { rows } = block;
    if (at + rows > this.#plan.rows) throw moreRowsThanFooters(this.#plan.rows);
    const rejections = this.#rejections.subarray(at, at + rows);
    this.#shownAt.add(columnOf(block, this.#plan.time.name), rows, at);
    this.#encoders.forEach((encoder, index) => {
      const into = this.#columns[index];
      if (into !== undefined)
        encoder.encode(columnOf(block, encoder.feature.column), rows, into, at, rejections);
    });
    this.#plan.offsets.forEach((name, index) => {
      const into = this.#offsets[index]?.subarray(at, at + rows);
      if (into !== undefined) copyNumbers(columnOf(block, name), into, rejections, "offset-invalid");
    });
    this.#labels.add(block, at, rejections);
    this.#plan.identities.forEach(({ column }, index) => {
      this.#identities[index]?.add(columnOf(block, column), rows, at);
    });
    const { eventId } = this.#options.log;
    if (this.#eventIds !== undefined && eventId !== undefined) {
      appendEventIds(columnOf(block, eventId), rows, this.#eventIds, rejections);
    }
    this.#file.fill(block.file, at, at + rows);
    this.#rowGroup.fill(block.rowGroup, at, at + rows);
    for (let row = 0; row < rows; row++) this.#row[at + row] = block.firstRow + row;
    this.#rows += rows;
    this.#bytes += block.bytes;
  }

  /** Errors: more rows set aside than the log may have (exit 3). */
  finish(): EventLog {
    const rows = this.#rows;
    const rejections = this.#rejections.subarray(0, rows);
    const { micros: shownAtMicros, unit, because } = this.#shownAt.finish(rows);
    shownAtMicros.forEach((time, row) => {
      if (Number.isNaN(time)) reject(rejections, row, "time-missing");
      else if (isAbsurd(time)) reject(rejections, row, "time-out-of-range");
    });
    const knownAtMicros = this.#labels.finish(shownAtMicros, rejections);
    const order = this.#usableOrder(shownAtMicros, rejections);
    const rejected = this.#countRejected(rejections);
    rejected.check(rows, this.#options.log.maxRejected);
    const { label, weight } = this.#labels;
    const asRead: EventBatch = {
      ...{ rows, shownAtMicros, knownAtMicros, label },
      ...(weight === undefined ? {} : { weight }),
      identities: new Map(),
      features: this.#featureColumns(),
      offsets: new Map(
        this.#plan.offsets.map((name, index) => [name, this.#offsets[index] ?? new Float64Array(0)]),
      ),
    };
    const take = (values: Int32Array): Int32Array => gatherCodes(values, order);
    return {
      events: { ...gatherBatch(asRead, order), identities: this.#identitiesIn(order) },
      origin: { file: take(this.#file), rowGroup: take(this.#rowGroup), row: take(this.#row) },
      description: this.#description,
      newIds: new Map(this.#encoders.map(({ feature, newIds }) => [feature.name, newIds])),
      rowsRead: rows,
      bytesRead: this.#bytes,
      rejected,
      timeUnit: `${unit}: ${because}`,
    };
  }

  /** Rows that can be used, in prediction order; a repeated event id is set aside after its first. */
  #usableOrder(shownAtMicros: Float64Array, rejections: Rejections): Int32Array {
    const usable = rowsWhere(rejections.length, (row) => rejections[row] === 0);
    const order = predictionOrder(usable, shownAtMicros, this.#eventIds);
    if (this.#eventIds === undefined) return order;
    const seen = new Set<EventId>();
    return order.filter((row) => {
      const id = this.#eventIds?.[row] ?? 0;
      if (seen.has(id)) reject(rejections, row, "event-id-repeated");
      else seen.add(id);
      return rejections[row] === 0;
    });
  }

  #identitiesIn(order: Int32Array): Map<Identity, Int32Array> {
    return new Map(
      this.#plan.identities.map(({ name }, index) => [
        name,
        this.#identities[index]?.inOrder(order) ?? new Int32Array(0),
      ]),
    );
  }

  #featureColumns(): Map<string, FeatureColumn> {
    const features = new Map<string, FeatureColumn>();
    this.#encoders.forEach(({ feature, newIds }, index) => {
      const column = this.#columns[index];
      if (column instanceof Int32Array) features.set(feature.name, { kind: "rows", codes: column, newIds });
      else if (column !== undefined) features.set(feature.name, { kind: "values", values: column });
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

function moreRowsThanFooters(rows: number): Error {
  return incomplete({
    found: "more rows than the files' footers say",
    expected: `${rows} rows`,
    next: "check the files with unbatch inspect",
  });
}
