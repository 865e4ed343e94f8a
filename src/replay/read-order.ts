import type { LogSource, RowGroupRef } from "../core/column.js";
import { isAbsurd, type TimeColumn, writeMicros } from "./event-times.js";

/** The times of one row group, those that can be used. */
export interface RowGroupTimes extends RowGroupRef {
  rows: number;
  /** Infinity and -Infinity where no row has a time. */
  firstMicros: number;
  lastMicros: number;
  /** No row is earlier than the one before it; `strictly`: none has the same time either. */
  ascends: "strictly" | "weakly" | "no";
}

/** Row groups whose events come before those of the next stretch: one row group after the other, or all sorted as one. */
export interface Stretch {
  order: "as they lie" | "sorted";
  rowGroups: readonly RowGroupRef[];
  rows: number;
}

/** Reads the column of times alone. */
export async function scanTimes(source: LogSource, time: TimeColumn): Promise<RowGroupTimes[]> {
  const found: RowGroupTimes[] = [];
  let micros = new Float64Array(0);
  for await (const { file, rowGroup, rows, columns } of source.read([time.name])) {
    const column = columns.get(time.name);
    if (column === undefined) continue;
    if (micros.length < rows) micros = new Float64Array(rows);
    writeMicros(column, rows, time.toMicros, micros, 0);
    let last = found.at(-1);
    if (last?.file !== file || last.rowGroup !== rowGroup) {
      const none = { firstMicros: Number.POSITIVE_INFINITY, lastMicros: Number.NEGATIVE_INFINITY };
      last = { file, rowGroup, rows: 0, ...none, ascends: "strictly" };
      found.push(last);
    }
    addTimes(last, micros, rows);
  }
  return found;
}

function addTimes(group: RowGroupTimes, micros: Float64Array, rows: number): void {
  let { firstMicros, lastMicros, ascends } = group;
  for (let row = 0; row < rows; row++) {
    const time = micros[row] ?? Number.NaN;
    if (isAbsurd(time)) continue;
    if (time < lastMicros) ascends = "no";
    else if (time === lastMicros && ascends === "strictly") ascends = "weakly";
    if (time > lastMicros) lastMicros = time;
    if (time < firstMicros) firstMicros = time;
  }
  Object.assign(group, { firstMicros, lastMicros, ascends, rows: group.rows + rows });
}

/**
 * The order in which row groups are to be read so that their events come in the total order of the log (time, then
 * event id where there is one, else place): row groups whose times overlap are sorted together, others follow each other.
 */
export function planOrder(groups: readonly RowGroupTimes[], tie: "place" | "event id"): Stretch[] {
  const places = groups.map((group, place) => ({ ...group, place }));
  places.sort((a, b) => compare(a.firstMicros, b.firstMicros) || a.place - b.place);
  const clusters: (typeof places)[] = [];
  let lastMicros = Number.NEGATIVE_INFINITY;
  let lastPlace = -1;
  for (const group of places) {
    // Of events of one instant, those of the earlier place come first; ids may call for any order.
    const touches = tie === "place" && group.place > lastPlace;
    const follows = group.firstMicros > lastMicros || (touches && group.firstMicros === lastMicros);
    const cluster = clusters.at(-1);
    if (cluster === undefined || follows) clusters.push([group]);
    else cluster.push(group);
    lastPlace = follows ? group.place : Math.max(lastPlace, group.place);
    lastMicros = Math.max(lastMicros, group.lastMicros);
  }
  const stretches: (Stretch & { rowGroups: RowGroupRef[] })[] = [];
  for (const cluster of clusters) {
    const [first] = cluster;
    const isInOrder =
      cluster.length === 1 &&
      (first?.ascends === "strictly" || (first?.ascends === "weakly" && tie === "place"));
    cluster.sort((a, b) => a.place - b.place);
    const rowGroups = cluster.map(({ file, rowGroup }) => ({ file, rowGroup }));
    const rows = cluster.reduce((sum, group) => sum + group.rows, 0);
    const before = stretches.at(-1);
    if (isInOrder && before?.order === "as they lie") {
      before.rowGroups.push(...rowGroups);
      before.rows += rows;
    } else stretches.push({ order: isInOrder ? "as they lie" : "sorted", rowGroups, rows });
  }
  return stretches;
}

/** Not a difference: of two infinities it is NaN. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
