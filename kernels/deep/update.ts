/** From gradients to updates. Each half of the work has rows of its own: which ones, the batch alone decides. */
import { Half, halfOf, Plan, Table } from "./plan";
import { ROWWISE_ADAGRAD, updateRow } from "./rules";

/** Applies `scale` x the gradients of the batch's `count` events to the rows of this half. */
export function applyGradients(plan: Plan, index: i32, count: i32, scale: f32): void {
  const half = halfOf(plan, index);
  half.divergedTable = 0;
  for (let place = 0; place < plan.tableCount; place++) {
    const table = changetype<Table>(plan.tables + <usize>place * offsetof<Table>());
    if (table.isDense !== 0) applyDense(table, half, index, place, scale);
    else applyRows(plan, table, half, index, place, count, scale);
  }
}

/** Half of the rows, in order; each gradient is the sum of the halves' own. */
function applyDense(table: Table, half: Half, index: i32, place: i32, scale: f32): void {
  const middle = (table.rows + 1) >> 1;
  const last = index === 0 ? middle : table.rows;
  for (let row = index === 0 ? 0 : middle; row < last; row++) {
    const at = <usize>row << 2;
    const isTouched = load<i32>(table.touched0 + at) !== 0 || load<i32>(table.touched1 + at) !== 0;
    if (!isTouched && table.updatesAll === 0) continue;
    const gradients = <usize>row * table.gradientBytes;
    const squares = sumScaled(table, half, table.gradients0 + gradients, table.gradients1 + gradients, scale);
    applyRow(table, half, index, place, row, row, squares);
  }
}

/**
 * Loads the slots of this half's events' rows, a line of memory each, before any is needed: the processor waits for
 * many of them at once. Returns something of them, or a compiler would leave it out.
 */
function fetchSlots(plan: Plan, table: Table, index: i32, count: i32): i32 {
  if (table.slot0 === 0) return 0;
  const bytes = table.rule === ROWWISE_ADAGRAD ? <usize>4 : <usize>table.width << 2;
  const rows = plan.events + table.eventAt;
  let seen: i32 = 0;
  for (let event = index; event < count; event += 2) {
    const row = <usize>load<i32>(rows + <usize>event * plan.eventBytes);
    seen |= load<i32>(table.slot0 + row * bytes) | load<i32>(table.weights + row * (<usize>table.width << 2));
  }
  return seen;
}

/** The rows that an even event of the batch, or an odd one, was the first to have, in that order. */
function applyRows(plan: Plan, table: Table, half: Half, index: i32, place: i32, count: i32, scale: f32): void {
  store<i32>(half.spare, fetchSlots(plan, table, index, count));
  const deltas = plan.deltas + table.deltaAt;
  const firsts = plan.firsts + table.eventAt;
  for (let event = 0; event < count; event++) {
    const first = load<i32>(firsts + <usize>event * plan.eventBytes);
    if (first !== event && (first & 1) === index)
      add(deltas + <usize>first * plan.deltaBytes, deltas + <usize>event * plan.deltaBytes, table.width);
  }
  const rows = plan.events + table.eventAt;
  for (let event = index; event < count; event += 2) {
    const at = <usize>event * plan.eventBytes;
    if (load<i32>(firsts + at) !== event) continue;
    const gradients = deltas + <usize>event * plan.deltaBytes;
    const squares = sumScaled(table, half, gradients, 0, scale);
    applyRow(table, half, index, place, load<i32>(rows + at), event, squares);
  }
}

function add(to: usize, from: usize, count: i32): void {
  const end = from + (<usize>count << 2);
  for (; from + 16 <= end; from += 16, to += 16)
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/**
 * A row's gradient into the half's own row: `scale` x the sum of both, or of the first where there is no second. The
 * row ends in zeros up to a multiple of 4. Returns its sum of squares.
 */
function sumScaled(table: Table, half: Half, first: usize, second: usize, scale: f32): f32 {
  const to = half.row;
  const bytes = <usize>table.width << 2;
  let squares = f32x4.splat(0);
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) {
    let g = v128.load(first + k);
    if (second !== 0) g = f32x4.add(g, v128.load(second + k));
    g = f32x4.mul(g, f32x4.splat(scale));
    v128.store(to + k, g);
    squares = f32x4.add(squares, f32x4.mul(g, g));
  }
  if (k < bytes) {
    v128.store(to + k, f32x4.splat(0));
    for (let at = k; at < bytes; at += 4) {
      const g = second === 0 ? load<f32>(first + at) : load<f32>(first + at) + load<f32>(second + at);
      store<f32>(to + at, g * scale);
    }
    const g = v128.load(to + k);
    squares = f32x4.add(squares, f32x4.mul(g, g));
  }
  return laneSum(squares);
}

function laneSum(v: v128): f32 {
  const even = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2);
  return even + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3));
}

/** One update of a row by the gradient in the half's own row. `order`: of the rows of this table. */
function applyRow(table: Table, half: Half, index: i32, place: i32, row: i32, order: i32, squares: f32): void {
  const at = table.squares + (<usize>index << 3);
  store<f64>(at, load<f64>(at) + <f64>squares);
  const norm = sqrt<f32>(squares);
  if (norm > table.clipNorm) multiplyRow(half.row, table.width, table.clipNorm / norm);
  if (updateRow(table, half, row) || half.divergedTable !== 0) return;
  half.divergedTable = place + 1;
  half.divergedRow = row;
  half.divergedOrder = order;
  half.divergedSquares = squares;
}

function multiplyRow(at: usize, count: i32, factor: f32): void {
  const end = at + (<usize>count << 2);
  for (; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(factor)));
}
