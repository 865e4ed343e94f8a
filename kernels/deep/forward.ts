/** From events to scores: the sums of a row by itself are those of a block, in their order. */
import { activate } from "./activation";
import { multiply, pack } from "./matrix";
import { scorePairs } from "./pairs";
import { Half, halfLayerOf, Input, Layer, layerOf, Plan, singleOf, Table } from "./plan";

/** Copies the layers' weights to where blocks of events read them. `backward`: transposed too. */
export function packLayers(plan: Plan, backward: bool): void {
  for (let index = 0; index < plan.layerCount; index++) {
    const layer = layerOf(plan, index);
    const kernel = changetype<Table>(layer.kernel);
    const bytes = <usize>kernel.width << 2;
    memory.copy(layer.packedBias, changetype<Table>(layer.bias).weights, bytes);
    pack(kernel.weights, bytes, 4, layer.inputs, kernel.width, layer.packed);
    const below = index === 0 ? min(plan.learnedInputs, layer.inputs) : layer.inputs;
    if (backward) pack(kernel.weights, 4, bytes, kernel.width, below, layer.transposed);
  }
}

/** The numbers of so many events that enter the first layer. Input by input: a table's rows are asked for at once. */
function gather(plan: Plan, half: Half, events: usize, count: i32): void {
  for (let index = 0; index < plan.inputCount; index++) {
    const input = changetype<Input>(plan.inputs + <usize>index * offsetof<Input>());
    const weights: usize = input.table === 0 ? 0 : changetype<Table>(input.table).weights;
    const bytes = <usize>input.width << 2;
    let to = half.inputs + input.inputAt;
    let from = events + input.eventAt;
    for (let event = 0; event < count; event++, to += half.inputBytes, from += plan.eventBytes) {
      if (weights === 0) store<f32>(to, load<f32>(from));
      else copyRow(weights + <usize>load<i32>(from) * bytes, to, bytes);
    }
  }
}

// @ts-expect-error: decorator
@inline
function copyRow(from: usize, to: usize, bytes: usize): void {
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) v128.store(to + k, v128.load(from + k));
  for (; k < bytes; k += 4) store<f32>(to + k, load<f32>(from + k));
}

/** What the single weights and the factorisation add to the deep term's score. */
function withOthers(plan: Plan, half: Half, event: usize, score: f64): f64 {
  if (plan.factorCount > 0) score += scorePairs(plan, half, event);
  for (let index = 0; index < plan.singleCount; index++) {
    const single = singleOf(plan, index);
    const row = single.kind === 1 ? <usize>load<i32>(event + single.eventAt) : 0;
    const weight = <f64>load<f32>(changetype<Table>(single.table).weights + (row << 2));
    score += single.kind === 2 ? weight * <f64>load<f32>(event + single.eventAt) : weight;
  }
  return score;
}

/** The same for one event, from the weights where they are. */
export function scoreOne(plan: Plan, half: Half, event: usize): f64 {
  gather(plan, half, event, 1);
  let below = half.inputs;
  for (let index = 0; index < plan.layerCount; index++) {
    const layer = layerOf(plan, index);
    const outputs = halfLayerOf(half, index).outputs;
    rowTimes(below, layer, outputs);
    activate(layer.activation, outputs, layer.units);
    below = outputs;
  }
  return withOthers(plan, half, event, <f64>load<f32>(below));
}

/** bias + x W, of 16 units, then 4, then one at a time. */
function rowTimes(x: usize, layer: Layer, to: usize): void {
  const kernel = changetype<Table>(layer.kernel);
  const bias = changetype<Table>(layer.bias).weights;
  const bytes = <usize>kernel.width << 2;
  const end = x + (<usize>layer.inputs << 2);
  let j: usize = 0;
  for (; j + 64 <= bytes; j += 64) {
    let at = kernel.weights + j;
    let sum0 = v128.load(bias + j);
    let sum1 = v128.load(bias + j, 16);
    let sum2 = v128.load(bias + j, 32);
    let sum3 = v128.load(bias + j, 48);
    for (let from = x; from < end; from += 4, at += bytes) {
      const factor = v128.load32_splat(from);
      sum0 = f32x4.add(sum0, f32x4.mul(factor, v128.load(at)));
      sum1 = f32x4.add(sum1, f32x4.mul(factor, v128.load(at, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(factor, v128.load(at, 32)));
      sum3 = f32x4.add(sum3, f32x4.mul(factor, v128.load(at, 48)));
    }
    v128.store(to + j, sum0);
    v128.store(to + j, sum1, 16);
    v128.store(to + j, sum2, 32);
    v128.store(to + j, sum3, 48);
  }
  for (; j + 16 <= bytes; j += 16) {
    let at = kernel.weights + j;
    let sum = v128.load(bias + j);
    for (let from = x; from < end; from += 4, at += bytes)
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(from), v128.load(at)));
    v128.store(to + j, sum);
  }
  for (; j < bytes; j += 4) {
    let at = kernel.weights + j;
    let sum = load<f32>(bias + j);
    for (let from = x; from < end; from += 4, at += bytes) sum += load<f32>(from) * load<f32>(at);
    store<f32>(to + j, sum);
  }
}

/** Scores of at most EVENTS events into `out`; their inputs and outputs stay in the half for the way back. */
export function scoreBlock(plan: Plan, half: Half, events: usize, count: i32, out: usize): void {
  gather(plan, half, events, count);
  let below = half.inputs;
  let belowBytes = half.inputBytes;
  const rows = (count + 3) & ~3;
  for (let index = 0; index < plan.layerCount; index++) {
    const layer = layerOf(plan, index);
    const outputs = halfLayerOf(half, index).outputs;
    const bytes = <usize>layer.units << 2;
    multiply(
      below,
      belowBytes,
      layer.packed,
      outputs,
      bytes,
      rows,
      layer.units,
      layer.inputs,
      layer.packedBias,
    );
    activate(layer.activation, outputs, rows * layer.units);
    below = outputs;
    belowBytes = bytes;
  }
  for (let event: usize = 0; event < <usize>count; event++) {
    const score = <f64>load<f32>(below + event * belowBytes);
    const own = events + event * plan.eventBytes;
    store<f64>(out + (event << 3), withOthers(plan, half, own, score));
  }
}
