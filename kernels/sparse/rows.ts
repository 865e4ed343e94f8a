import { BLOCK, FACTORS, Feature, Model, Part, ROWS } from "./records";

/** A new id is about to be learned: gives it a row, and the row its start. */
@external("env", "append")
declare function append(feature: i32, id: i32): void;

/** Of `count` events from `row` of a region on: the address of each place's row, and its factor. */
export function findRows(model: Model, region: usize, row: i32, count: i32): void {
  let nearer = 0;
  for (let index = 0; index < model.partCount; index++) {
    const part = changetype<Part>(model.parts + <usize>index * offsetof<Part>());
    const column = region + <usize>part.column;
    if (part.isCode === 0) {
      takeFactors(model.factors + <usize>part.place * FACTORS, column + ((<usize>row) << 3));
      continue;
    }
    const to = model.rows + <usize>part.place * ROWS;
    const from = column + ((<usize>row) << 2);
    if (part.rowOfNewId === 0) findKnown(part, from, to);
    else for (let event: usize = 0; event < <usize>count; event++) findRow(part, from + (event << 2), to + (event << 2));
    nearer ^= bringNear(to);
  }
  model.nearer = nearer;
}

/** A whole block of them, the rest of which nobody reads. */
// @ts-expect-error: decorator
@inline
function takeFactors(to: usize, from: usize): void {
  for (let at: usize = 0; at < FACTORS; at += 32) {
    v128.store(to + at, v128.load(from + at));
    v128.store(to + at, v128.load(from + at, 16), 16);
  }
}

/**
 * Reads a number of each row of a block: the waits for memory overlap. The rest of a block that is not full holds rows
 * of earlier events. By hand, since a loop's own steps leave fewer of the waits in flight.
 */
// @ts-expect-error: decorator
@inline
function bringNear(rows: usize): i32 {
  return fourOf(rows) ^ fourOf(rows + 16) ^ fourOf(rows + 32) ^ fourOf(rows + 48);
}

// @ts-expect-error: decorator
@inline
function fourOf(rows: usize): i32 {
  return (
    load<i32>(<usize>load<u32>(rows)) ^
    load<i32>(<usize>load<u32>(rows, 4)) ^
    load<i32>(<usize>load<u32>(rows, 8)) ^
    load<i32>(<usize>load<u32>(rows, 12))
  );
}

/** Codes that are rows: a whole block of them, the rest of which nobody reads. */
// @ts-expect-error: decorator
@inline
function findKnown(part: Part, from: usize, to: usize): void {
  const base = i32x4.splat(<i32>part.base);
  const stride = i32x4.splat(part.stride);
  for (let at: usize = 0; at < ROWS; at += 16)
    v128.store(to + at, i32x4.add(base, i32x4.mul(stride, v128.load(from + at))));
}

// @ts-expect-error: decorator
@inline
function findRow(part: Part, from: usize, to: usize): void {
  store<u32>(to, <u32>(part.base + <usize>(rowOf(part.rowOfNewId, load<i32>(from)) * part.stride)));
}

/** Looks again for rows of new ids, which an event since may have made. `rows`: of this event. */
export function findNewRows(model: Model, region: usize, row: i32, rows: usize): void {
  for (let index = model.growing; index < model.partCount; index++) {
    const part = changetype<Part>(model.parts + <usize>index * offsetof<Part>());
    findRow(part, region + <usize>part.column + ((<usize>row) << 2), rows + <usize>part.place * ROWS);
  }
}

/** Ids that are new get their rows, and rows their counts. Whether there was such an id. */
export function touch(model: Model, region: usize, row: i32): bool {
  let isNew = false;
  for (let index = 0; index < model.featureCount; index++) {
    const feature = changetype<Feature>(model.features + <usize>index * offsetof<Feature>());
    const code = load<i32>(region + <usize>feature.column + ((<usize>row) << 2));
    if (code < 0 && rowOf(feature.rowOfNewId, code) === feature.unknownRow) {
      append(feature.index, -1 - code);
      isNew = true;
    }
    if (feature.counts === 0) continue;
    const at = feature.counts + ((<usize>rowOf(feature.rowOfNewId, code)) << 3);
    store<f64>(at, load<f64>(at) + 1);
  }
  return isNew;
}

// @ts-expect-error: decorator
@inline
function rowOf(rowOfNewId: usize, code: i32): i32 {
  return code >= 0 ? code : load<i32>(rowOfNewId + ((<usize>(-1 - code)) << 2));
}
