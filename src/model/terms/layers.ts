import type { DeepLayer } from "../../core/model-spec.js";
import type { Table } from "../table.js";
import { type ActivationFunction, activations } from "./activation.js";

/** Fully connected layers one on the other, with what they hold of the event in hand. */
export interface LayerStack {
  /** The outputs of the last layer; without layers, the inputs. They are kept for `backward`, and overwritten next time. */
  forward(inputs: Float64Array): Float64Array;
  /**
   * Given d loss / d outputs of the last `forward`, adds the gradients of kernels and biases, and writes
   * d loss / d inputs into `inputDeltas` where they are asked for.
   */
  backward(outputDeltas: Float64Array, inputDeltas: Float64Array | undefined): void;
}

interface Layer {
  /** [inputs, units]: one row an input. */
  kernel: Table;
  bias: Table;
  activation: ActivationFunction;
  /** x W + b, activation of it, and d loss / d (x W + b) of the event in hand. */
  sums: Float64Array;
  outputs: Float64Array;
  deltas: Float64Array;
}

/** `tableOf` gives the tables "kernel_<i>" and "bias_<i>", from the inputs up. O(weights) forward and backward. */
export function layerStack(list: readonly DeepLayer[], tableOf: (part: string) => Table): LayerStack {
  const layers = list.map(
    ({ units, activation }, index): Layer => ({
      kernel: tableOf(`kernel_${index}`),
      bias: tableOf(`bias_${index}`),
      activation: activations[activation],
      sums: new Float64Array(units),
      outputs: new Float64Array(units),
      deltas: new Float64Array(units),
    }),
  );
  let entered: Float64Array = new Float64Array(0);
  return {
    forward(inputs) {
      entered = inputs;
      let below = inputs;
      for (const layer of layers) {
        forwardLayer(layer, below);
        below = layer.outputs;
      }
      return below;
    },
    backward(outputDeltas, inputDeltas) {
      const last = layers.at(-1);
      if (last === undefined) inputDeltas?.set(outputDeltas);
      else last.deltas.set(outputDeltas);
      for (let index = layers.length - 1; index >= 0; index--) {
        const layer = layers[index];
        const below = layers[index - 1];
        if (layer === undefined) continue;
        backwardLayer(layer, below?.outputs ?? entered, index === 0 ? inputDeltas : below?.deltas);
      }
    },
  };
}

function forwardLayer({ kernel, bias, activation, sums, outputs }: Layer, below: Float64Array): void {
  const units = sums.length;
  for (let j = 0; j < units; j++) sums[j] = bias.weights[j] ?? 0;
  for (let i = 0; i < below.length; i++) {
    const x = below[i] ?? 0;
    if (x === 0) continue;
    const at = i * units;
    for (let j = 0; j < units; j++) sums[j] = (sums[j] ?? 0) + x * (kernel.weights[at + j] ?? 0);
  }
  for (let j = 0; j < units; j++) outputs[j] = activation.of(sums[j] ?? 0);
}

/** From d loss / d outputs in `deltas`, which become d loss / d sums. */
function backwardLayer(layer: Layer, below: Float64Array, belowDeltas: Float64Array | undefined): void {
  const { kernel, bias, activation, sums, outputs, deltas } = layer;
  for (let j = 0; j < deltas.length; j++) {
    deltas[j] = (deltas[j] ?? 0) * activation.slope(sums[j] ?? 0, outputs[j] ?? 0);
  }
  if (belowDeltas !== undefined) propagate(kernel, deltas, belowDeltas);
  for (let i = 0; i < below.length; i++) {
    const x = below[i] ?? 0;
    if (x !== 0) kernel.addGradient(i, deltas, 0, x);
  }
  bias.addGradient(0, deltas, 0, 1);
}

/** d loss / d x of the layer below = W deltas. */
export function propagate(kernel: Table, deltas: Float64Array, belowDeltas: Float64Array): void {
  const units = deltas.length;
  for (let i = 0; i < belowDeltas.length; i++) {
    let sum = 0;
    for (let j = 0; j < units; j++) sum += (kernel.weights[i * units + j] ?? 0) * (deltas[j] ?? 0);
    belowDeltas[i] = sum;
  }
}
