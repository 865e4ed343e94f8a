import type { LogDescription, RowGroupColumns } from "../core/column.js";
import { gatherCodes, isWhole, unmarkedRows } from "../core/gather.js";
import { type Rejections, reject, rejectionReasons } from "../core/rejections.js";
import { type Arrays, OWN_ARRAYS, Room, type Rooms } from "../core/rooms.js";
import type { PackedTexts } from "../core/text-list.js";
import { type EventBatch, type FeatureColumn, gatherBatch, type Identity } from "../model/batch.js";
import { createEncoder, type Encoder } from "../model/encoders/encoder.js";
import { readBags } from "./bag-columns.js";
import { columnOf, copyNumbers, EventIdColumn } from "./block-columns.js";
import type { EventBlock, Origin, Rejected } from "./event-block.js";
import { isAbsurd, writeMicros } from "./event-times.js";
import type { ReadOptions } from "./events.js";
import { IdentityNumbers } from "./identity-numbers.js";
import { LabelReader } from "./label-reader.js";
import { predictionOrder } from "./order.js";
import type { ReadPlan } from "./read-plan.js";

/** Bytes a row of what every block has: shown at, label, weight, known at; file, row group, row. */
const OF_EVERY_BLOCK = [8, 8, 8, 8, 4, 4, 4];

/** Rows of the files -> events: what is remembered from block to block are the ids met so far. */
export class BlockEncoder {
  readonly #plan: ReadPlan;
  readonly #description: LogDescription;
  readonly #encoders: readonly Encoder[];
  readonly #labels: LabelReader;
  readonly #identities: ReadonlyMap<Identity, IdentityNumbers>;
  readonly #eventIds: EventIdColumn | undefined;
  readonly #newIdsGiven = new Map<string, number>();

  constructor(
    plan: ReadPlan,
    description: LogDescription,
    { log, spec, vocabularies, kernels, draws }: ReadOptions,
  ) {
    this.#plan = plan;
    this.#description = description;
    this.#encoders = spec.features.map((feature) =>
      createEncoder(feature, vocabularies.get(feature.name), kernels),
    );
    this.#labels = new LabelReader(plan, log, spec.learner);
    const before = { user: draws?.users, item: draws?.items, group: undefined };
    this.#identities = new Map(plan.identities.map(({ name }) => [name, new IdentityNumbers(before[name])]));
    this.#eventIds = log.eventId === undefined ? undefined : new EventIdColumn(log.eventId);
  }

  /** Encodes rows in order into arrays of one room, which the block says. */
  encodeInto(rooms: Rooms, part: RowGroupColumns): EventBlock {
    const { offsets, identities } = this.#plan;
    const features = this.#encoders.map(({ kind }) => (kind === "rows" ? 4 : kind === "bags" ? 0 : 8));
    const others = [...offsets.map(() => 8), ...identities.map(() => 4)];
    const room = rooms.take(Room.bytesOf(part.rows, [...OF_EVERY_BLOCK, ...features, ...others]));
    return { ...this.encode([part], room), room: room.buffer };
  }

  /** @param parts rows whose events all come after those encoded before; their own order is made here. */
  encode(parts: readonly RowGroupColumns[], arrays: Arrays = OWN_ARRAYS): EventBlock {
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const rejections: Rejections = new Uint8Array(rows);
    const shownAtMicros = this.#shownAt(parts, arrays.float64(rows), rejections);
    const features = new Map(
      this.#encoders.map((encoder) => [
        encoder.feature.name,
        encodeColumn(encoder, parts, { rows, arrays, rejections }),
      ]),
    );
    const offsets = new Map(
      this.#plan.offsets.map((name) => [name, offsetsOf(name, parts, arrays.float64(rows), rejections)]),
    );
    const { label, weight, knownAtMicros } = this.#labels.read(parts, { shownAtMicros, arrays, rejections });
    this.#eventIds?.add(parts, rejections);
    const usable = unmarkedRows(rejections);
    const sorted = predictionOrder(usable, shownAtMicros, this.#eventIds?.ids);
    const order = this.#eventIds?.withoutRepeats(sorted, rejections) ?? sorted;
    const asRead: EventBatch = {
      ...{ rows, shownAtMicros, knownAtMicros, label, features, offsets },
      ...(weight === undefined ? {} : { weight }),
      identities: new Map(),
    };
    const read = originOf(parts, rows, arrays);
    const gather = isWhole(order, rows)
      ? (codes: Int32Array): Int32Array => codes
      : (codes: Int32Array): Int32Array => gatherCodes(codes, order);
    return {
      events: {
        ...gatherBatch(asRead, order),
        identities: this.#identitiesOf(parts, () => arrays.int32(rows), order),
      },
      origin: { file: gather(read.file), rowGroup: gather(read.rowGroup), row: gather(read.row) },
      newIds: this.#takeNewIds(),
      rowsRead: rows,
      bytesRead: parts.reduce((sum, part) => sum + part.bytes, 0),
      rejected: order.length === rows ? [] : this.#countRejected(rejections, read),
    };
  }

  /** The id of each number that events had so far. */
  idsOf(identity: Identity): readonly string[] {
    return this.#identities.get(identity)?.ids ?? [];
  }

  /** After the last block. Error: see LabelReader. */
  finish(): void {
    this.#labels.finish();
  }

  #shownAt(parts: readonly RowGroupColumns[], micros: Float64Array, rejections: Rejections): Float64Array {
    const { name, toMicros } = this.#plan.time;
    eachPart(parts, (part, at) => writeMicros(columnOf(part, name), part.rows, toMicros, micros, at));
    for (let row = 0; row < micros.length; row++) {
      const time = micros[row] ?? Number.NaN;
      if (isAbsurd(time)) reject(rejections, row, Number.isNaN(time) ? "time-missing" : "time-out-of-range");
    }
    return micros;
  }

  #identitiesOf(
    parts: readonly RowGroupColumns[],
    codesOfRows: () => Int32Array,
    order: Int32Array,
  ): Map<Identity, Int32Array> {
    const read = this.#plan.identities.map(({ name, column }): [Identity, Int32Array] => {
      const numbers = this.#identities.get(name);
      const codes = codesOfRows();
      eachPart(parts, (part, at) => numbers?.encode(columnOf(part, column), part.rows, codes, at));
      return [name, numbers?.inOrder(codes, order) ?? codes];
    });
    return new Map(read);
  }

  #takeNewIds(): Map<string, PackedTexts> {
    const taken = new Map<string, PackedTexts>();
    for (const { feature, newIds } of this.#encoders) {
      const given = this.#newIdsGiven.get(feature.name) ?? 0;
      taken.set(feature.name, newIds.packed(given));
      this.#newIdsGiven.set(feature.name, newIds.length);
    }
    return taken;
  }

  #countRejected(rejections: Rejections, origin: Origin): Rejected[] {
    const counts = new Map<number, Rejected>();
    for (let row = 0; row < rejections.length; row++) {
      const code = rejections[row] ?? 0;
      const reason = rejectionReasons[code - 1];
      if (code === 0 || reason === undefined) continue;
      const known = counts.get(code);
      if (known !== undefined) known.rows += 1;
      else {
        const file = this.#description.files[origin.file[row] ?? 0]?.path ?? "";
        const first = { file, rowGroup: origin.rowGroup[row] ?? 0, row: origin.row[row] ?? 0 };
        counts.set(code, { reason, rows: 1, first });
      }
    }
    return [...counts.values()];
  }
}

function encodeColumn(
  encoder: Encoder,
  parts: readonly RowGroupColumns[],
  { rows, arrays, rejections }: { rows: number; arrays: Arrays; rejections: Rejections },
): FeatureColumn {
  if (encoder.kind === "bags") return readBags(encoder, parts, rejections);
  const into = encoder.kind === "rows" ? arrays.int32(rows) : arrays.float64(rows);
  eachPart(parts, (part, at) => {
    const column = columnOf(part, encoder.feature.column);
    encoder.encode(column, part.rows, into, at, rejections.subarray(at, at + part.rows));
  });
  return into instanceof Int32Array ? { kind: "rows", codes: into } : { kind: "values", values: into };
}

function offsetsOf(
  name: string,
  parts: readonly RowGroupColumns[],
  numbers: Float64Array,
  rejections: Rejections,
): Float64Array {
  eachPart(parts, (part, at) => {
    const to = at + part.rows;
    const into = numbers.subarray(at, to);
    copyNumbers(columnOf(part, name), into, rejections.subarray(at, to), "offset-invalid");
  });
  return numbers;
}

function originOf(parts: readonly RowGroupColumns[], rows: number, arrays: Arrays): Origin {
  const origin = { file: arrays.int32(rows), rowGroup: arrays.int32(rows), row: arrays.int32(rows) };
  eachPart(parts, (part, at) => {
    origin.file.fill(part.file, at, at + part.rows);
    origin.rowGroup.fill(part.rowGroup, at, at + part.rows);
    for (let row = 0; row < part.rows; row++) origin.row[at + row] = part.firstRow + row;
  });
  return origin;
}

/** Each part, with the row of the block at which it begins. */
export function eachPart(
  parts: readonly RowGroupColumns[],
  visit: (part: RowGroupColumns, at: number) => void,
): void {
  let at = 0;
  for (const part of parts) {
    visit(part, at);
    at += part.rows;
  }
}
