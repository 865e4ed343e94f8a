/** From losses to gradients: those of the layers as sums over one half of a batch, those of the inputs event by event. */
import { multiplyBySlopes } from "./activation";
import { scoreBlock } from "./forward";
import { multiply } from "./matrix";
import { pairGradients } from "./pairs";
import {
  EVENTS,
  gradientsOf,
  Half,
  halfLayerOf,
  halfOf,
  layerOf,
  Plan,
  singleOf,
  Table,
  touchedOf,
} from "./plan";
import { addTransposedProduct } from "./transposed-product";

/** JavaScript's own, as the plain terms have it. */
@external("env", "exp")
declare function exp(x: f64): f64;

/** Sums the gradients of events [from, to) of the batch; `from` is a multiple of 4. */
export function sumGradients(plan: Plan, index: i32, from: i32, to: i32): void {
  const half = halfOf(plan, index);
  clear(plan, index);
  for (let first = from; first < to; first += EVENTS) {
    const count = min(EVENTS, to - first);
    const events = plan.events + <usize>first * plan.eventBytes;
    scoreBlock(plan, half, events, count, plan.scores + (<usize>first << 3));
    lossGradients(plan, half, index, first, count);
    backward(plan, half, index, plan.deltas + <usize>first * plan.deltaBytes, count);
  }
}

function clear(plan: Plan, half: i32): void {
  for (let index = 0; index < plan.tableCount; index++) {
    const table = changetype<Table>(plan.tables + <usize>index * offsetof<Table>());
    if (table.isDense === 0) continue;
    memory.fill(gradientsOf(table, half), 0, <usize>table.rows * table.gradientBytes);
    memory.fill(touchedOf(table, half), 0, <usize>table.rows << 2);
  }
}

/** d loss / d score of each event: into the last layer's deltas, and to the single weights. */
function lossGradients(plan: Plan, half: Half, index: i32, first: i32, count: i32): void {
  const last = plan.layerCount - 1;
  const bytes = <usize>layerOf(plan, last).units << 2;
  for (let row = 0; row < count; row++) {
    const event = <usize>(first + row);
    const score = load<f64>(plan.scores + (event << 3));
    const prediction: f64 = plan.squaredLink !== 0 ? score : 1 / (1 + exp(-score));
    const gradient = <f32>(
      ((prediction - load<f64>(plan.labels + (event << 3))) * load<f64>(plan.weights + (event << 3)))
    );
    store<f32>(halfLayerOf(half, last).deltas + <usize>row * bytes, gradient);
    for (let place = 0; place < plan.singleCount; place++) {
      const single = singleOf(plan, place);
      if (single.kind === 1) {
        store<f32>(plan.deltas + event * plan.deltaBytes + single.deltaAt, gradient);
        continue;
      }
      const table = changetype<Table>(single.table);
      const value: f32 =
        single.kind === 0 ? 1 : load<f32>(plan.events + event * plan.eventBytes + single.eventAt);
      // A zero value does not touch the weight, so that L2 does not either.
      if (value === 0) continue;
      const at = gradientsOf(table, index);
      store<f32>(at, load<f32>(at) + gradient * value);
      store<i32>(touchedOf(table, index), 1);
    }
    if (plan.factorCount > 0) pairGradients(plan, half, index, event, gradient);
  }
}

/** Through the layers of one block, from the last down, and into the deltas of its events' inputs. */
function backward(plan: Plan, half: Half, index: i32, inputDeltas: usize, count: i32): void {
  const rows = (count + 3) & ~3;
  for (let place = plan.layerCount - 1; place >= 0; place--) {
    const layer = layerOf(plan, place);
    const own = halfLayerOf(half, place);
    const bytes = <usize>layer.units << 2;
    multiplyBySlopes(layer.activation, own.outputs, own.deltas, count * layer.units);
    const below = place === 0 ? half.inputs : halfLayerOf(half, place - 1).outputs;
    const belowBytes = place === 0 ? half.inputBytes : <usize>layerOf(plan, place - 1).units << 2;
    const kernel = changetype<Table>(layer.kernel);
    addTransposedProduct(
      below,
      belowBytes,
      own.deltas,
      bytes,
      gradientsOf(kernel, index),
      bytes,
      (layer.inputs + 3) & ~3,
      layer.units,
      count,
    );
    addRows(own.deltas, bytes, gradientsOf(changetype<Table>(layer.bias), index), count);
    store<i32>(touchedOf(changetype<Table>(layer.bias), index), 1);
    touch(below, belowBytes, touchedOf(kernel, index), layer.inputs, count);
    const to = place === 0 ? inputDeltas : halfLayerOf(half, place - 1).deltas;
    const toBytes = place === 0 ? plan.deltaBytes : belowBytes;
    const columns = place === 0 ? plan.learnedInputs : layerOf(plan, place - 1).units;
    const depth = kernel.width;
    multiply(
      own.deltas,
      bytes,
      layer.transposed,
      to,
      toBytes,
      rows,
      columns,
      depth,
      plan.zeros,
    );
  }
}

/** Adds each of so many rows to `to`. */
function addRows(from: usize, bytes: usize, to: usize, rows: i32): void {
  for (let k: usize = 0; k < bytes; k += 16) {
    let sum = v128.load(to + k);
    let at = from + k;
    for (let row = 0; row < rows; row++, at += bytes) sum = f32x4.add(sum, v128.load(at));
    v128.store(to + k, sum);
  }
}

/** Which inputs were ever other than 0: a row of weights whose input is 0 has no gradient, and L2 leaves it alone. */
function touch(inputs: usize, bytes: usize, touched: usize, count: i32, rows: i32): void {
  const zero = f32x4.splat(0);
  for (let k: usize = 0; k < <usize>count << 2; k += 16) {
    let any = v128.load(touched + k);
    let at = inputs + k;
    for (let row = 0; row < rows; row++, at += bytes) any = v128.or(any, f32x4.ne(v128.load(at), zero));
    v128.store(touched + k, any);
  }
}
