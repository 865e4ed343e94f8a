/** One update of one row of weights, by the optimizer that its table has. */
import { adagrad, adam, ftrl, sgd } from "./optimizers";
import { Half, Table } from "./plan";

const FROZEN: i32 = 0;
const ADAGRAD: i32 = 3;
export const ROWWISE_ADAGRAD: i32 = 4;
const ADAM: i32 = 5;
const FTRL: i32 = 6;

/** Updates a row by the gradient in the half's own row, which ends in zeros. Returns whether its weights are finite. */
export function updateRow(table: Table, half: Half, row: i32): bool {
  if (table.rule === FROZEN) return true;
  const bytes = <usize>table.width << 2;
  const at = <usize>row * bytes;
  const weights = table.weights + at;
  let slot0: usize = table.slot0 === 0 ? 0 : table.slot0 + at;
  const slot1: usize = table.slot1 === 0 ? 0 : table.slot1 + at;
  let rate = table.rate;
  if (table.rule === ROWWISE_ADAGRAD) {
    rate = rowRate(table, half.row, weights, row);
    if (rate === 0) return true;
    slot0 = 0;
  }
  if ((bytes & 15) === 0) update(table, weights, slot0, slot1, half.row, bytes, rate);
  else updatePadded(table, half, weights, slot0, slot1, bytes, rate);
  return isFinite(weights, bytes);
}

/** Of any number of weights: the last have neighbours that are not theirs. */
function updatePadded(
  table: Table,
  half: Half,
  weights: usize,
  slot0: usize,
  slot1: usize,
  bytes: usize,
  rate: f32,
): void {
  const padded = (bytes + 15) & ~15;
  const own = half.spare;
  const own0 = own + padded;
  const own1 = own0 + padded;
  copy(weights, own, bytes);
  if (slot0 !== 0) copy(slot0, own0, bytes);
  if (slot1 !== 0) copy(slot1, own1, bytes);
  update(table, own, own0, own1, half.row, padded, rate);
  copy(own, weights, bytes);
  if (slot0 !== 0) copy(own0, slot0, bytes);
  if (slot1 !== 0) copy(own1, slot1, bytes);
}

function copy(from: usize, to: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

function isFinite(at: usize, bytes: usize): bool {
  let sum = f32x4.splat(0);
  const end = at + bytes;
  for (; at + 16 <= end; at += 16) sum = f32x4.add(sum, f32x4.sub(v128.load(at), v128.load(at)));
  let rest: f32 = 0;
  for (; at < end; at += 4) rest += load<f32>(at) - load<f32>(at);
  return rest === 0 && !v128.any_true(f32x4.ne(sum, f32x4.splat(0)));
}

/** Of row-wise Adagrad: its rate after this gradient, 0 where there is none. */
function rowRate(table: Table, gradients: usize, weights: usize, row: i32): f32 {
  let squares: f32 = 0;
  for (let k: usize = 0; k < <usize>table.width << 2; k += 4) {
    const g = load<f32>(gradients + k) + table.l2 * load<f32>(weights + k);
    squares += g * g;
  }
  if (squares === 0) return 0;
  const at = table.slot0 + (<usize>row << 2);
  const n = load<f32>(at) + squares / <f32>table.width;
  store<f32>(at, n);
  return table.rate / min<f32>(sqrt<f32>(n + table.a) + table.b, table.c);
}

/** Of a multiple of 4 weights. */
function update(
  table: Table,
  weights: usize,
  slot0: usize,
  slot1: usize,
  gradients: usize,
  bytes: usize,
  rate: f32,
): void {
  if (table.rule === ADAGRAD) adagrad(table, weights, slot0, gradients, bytes, rate);
  else if (table.rule === ADAM) adam(table, weights, slot0, slot1, gradients, bytes, rate);
  else if (table.rule === FTRL) ftrl(table, weights, slot0, slot1, gradients, bytes, rate);
  else sgd(table, weights, slot0, gradients, bytes, rate);
}
