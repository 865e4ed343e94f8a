import { BLOCK, Feature, Model, Part } from "./records";

/** A new id is about to be learned: gives it a row, and the row its start. */
@external("env", "append")
declare function append(feature: i32, id: i32): void;

/** Of `count` events from `row` of a region on: the address of each place's row, and its factor. */
export function findRows(model: Model, region: usize, row: i32, count: i32): void {
  const places = <usize>model.places;
  let touched = 0;
  for (let index = 0; index < model.partCount; index++) {
    const part = changetype<Part>(model.parts + <usize>index * offsetof<Part>());
    const column = region + <usize>part.column;
    if (part.isCode === 0) {
      let to = model.factors + ((<usize>part.place) << 3);
      for (let event = 0; event < count; event++, to += places << 3)
        store<f64>(to, load<f64>(column + ((<usize>(row + event)) << 3)));
      continue;
    }
    const base = part.base;
    const stride = part.stride;
    let to = model.rows + ((<usize>part.place) << 2);
    for (let event = 0; event < count; event++, to += places << 2) {
      const code = load<i32>(column + ((<usize>(row + event)) << 2));
      const at = base + <usize>(rowOf(part.rowOfNewId, code) * stride);
      // Brings the row nearer while others are looked for.
      touched ^= load<i32>(at);
      store<u32>(to, <u32>at);
    }
  }
  model.touched = touched;
}

/** Looks again for rows of new ids, which an event since may have made. */
export function findNewRows(model: Model, region: usize, row: i32, rows: usize): void {
  for (let index = model.growing; index < model.partCount; index++) {
    const part = changetype<Part>(model.parts + <usize>index * offsetof<Part>());
    const code = load<i32>(region + <usize>part.column + ((<usize>row) << 2));
    if (code < 0)
      store<u32>(rows + ((<usize>part.place) << 2), <u32>(part.base + <usize>(rowOf(part.rowOfNewId, code) * part.stride)));
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
