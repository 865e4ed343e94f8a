import type { CrossSpec } from "../../core/model-spec.js";
import type { Table } from "../table.js";
import { propagate } from "./layers.js";

/** The crosses of a deep & cross network over x_0, with what they hold of the event in hand. */
export interface CrossLayers {
  /** The last x, kept for `backward`. */
  forward(first: Float64Array): Float64Array;
  /** Turns d loss / d last x, in `deltas`, into d loss / d x_0, and adds the gradients of kernels and biases. */
  backward(deltas: Float64Array): void;
}

interface Cross {
  kernel: Table;
  bias: Table;
  /** x before, and what x_0 is multiplied with: x . w everywhere, or W x + b. */
  before: Float64Array;
  factor: Float64Array;
}

/**
 * x_{l+1} = x_0 (x_l . w_l) + b_l + x_l (Wang et al. 2017, equation 3), O(width) a cross; or
 * x_{l+1} = x_0 * (x_l W_l + b_l) + x_l (Wang et al. 2021, equation 1), O(width^2). `tableOf` gives "cross_kernel_<l>"
 * and "cross_bias_<l>".
 */
export function crossLayers(
  { crosses: count, form }: CrossSpec,
  width: number,
  tableOf: (part: string) => Table,
): CrossLayers {
  const crosses = Array.from(
    { length: count },
    (_, index): Cross => ({
      kernel: tableOf(`cross_kernel_${index}`),
      bias: tableOf(`cross_bias_${index}`),
      before: new Float64Array(width),
      factor: new Float64Array(width),
    }),
  );
  const x0 = new Float64Array(width);
  const last = new Float64Array(width);
  const direct = new Float64Array(width);
  const factorDeltas = new Float64Array(width);
  const through = new Float64Array(width);
  const isMatrix = form === "matrix";
  return {
    forward(first) {
      x0.set(first);
      last.set(first);
      for (const cross of crosses) {
        const { bias, before, factor } = cross;
        before.set(last);
        if (isMatrix) matrixFactor(cross);
        else vectorFactor(cross);
        for (let k = 0; k < width; k++) {
          const added = isMatrix ? 0 : (bias.weights[k] ?? 0);
          last[k] = (x0[k] ?? 0) * (factor[k] ?? 0) + added + (last[k] ?? 0);
        }
      }
      return last;
    },
    backward(deltas) {
      direct.fill(0);
      for (let index = count - 1; index >= 0; index--) {
        const cross = crosses[index];
        if (cross === undefined) continue;
        const { kernel, bias, before, factor } = cross;
        for (let k = 0; k < width; k++) {
          direct[k] = (direct[k] ?? 0) + (deltas[k] ?? 0) * (factor[k] ?? 0);
          factorDeltas[k] = (deltas[k] ?? 0) * (x0[k] ?? 0);
        }
        if (isMatrix) {
          bias.addGradient(0, factorDeltas, 0, 1);
          for (let i = 0; i < width; i++) {
            const x = before[i] ?? 0;
            if (x !== 0) kernel.addGradient(i, factorDeltas, 0, x);
          }
          propagate(kernel, factorDeltas, through);
        } else {
          bias.addGradient(0, deltas, 0, 1);
          let sum = 0;
          for (let k = 0; k < width; k++) sum += factorDeltas[k] ?? 0;
          kernel.addGradient(0, before, 0, sum);
          for (let k = 0; k < width; k++) through[k] = sum * (kernel.weights[k] ?? 0);
        }
        for (let k = 0; k < width; k++) deltas[k] = (deltas[k] ?? 0) + (through[k] ?? 0);
      }
      for (let k = 0; k < width; k++) deltas[k] = (deltas[k] ?? 0) + (direct[k] ?? 0);
    },
  };
}

/** x . w, the same for every number of x_0. */
function vectorFactor({ kernel, before, factor }: Cross): void {
  let sum = 0;
  for (let k = 0; k < before.length; k++) sum += (before[k] ?? 0) * (kernel.weights[k] ?? 0);
  factor.fill(sum);
}

/** x W + b; the kernel has one row an input, as a layer's. */
function matrixFactor({ kernel, bias, before, factor }: Cross): void {
  const width = before.length;
  for (let k = 0; k < width; k++) factor[k] = bias.weights[k] ?? 0;
  for (let i = 0; i < width; i++) {
    const x = before[i] ?? 0;
    if (x === 0) continue;
    for (let k = 0; k < width; k++) factor[k] = (factor[k] ?? 0) + x * (kernel.weights[i * width + k] ?? 0);
  }
}
