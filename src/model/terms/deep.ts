import { type DeepInput, tableName } from "../../core/model-spec.js";
import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { Table } from "../table.js";
import { type ActivationFunction, activations } from "./activation.js";
import type { SpecOf, Term, TermContext } from "./term.js";

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

/** One stretch of the input vector: loads it for an event, and takes its gradient back to where it came from. */
interface BoundInput {
  load(row: number, into: Float64Array): void;
  addGradients(row: number, deltas: Float64Array): void;
}

/** Inputs concatenated in order -> fully connected layers -> one number; gradients by back-propagation. */
export function deep(spec: SpecOf<"deep">, context: TermContext): Term {
  const inputWidth = spec.inputs.reduce((sum, input) => sum + widthOf(input), 0);
  const inputs = new Float64Array(inputWidth);
  const inputDeltas = new Float64Array(inputWidth);
  const hasEmbeddings = spec.inputs.some(({ kind }) => kind === "embedding");
  const layers = spec.layers.map(
    ({ units, activation }, index): Layer => ({
      kernel: context.table(tableName(spec.name, `kernel_${index}`)),
      bias: context.table(tableName(spec.name, `bias_${index}`)),
      activation: activations[activation],
      sums: new Float64Array(units),
      outputs: new Float64Array(units),
      deltas: new Float64Array(units),
    }),
  );

  return {
    over(batch) {
      const bound = bindInputs(spec, context, batch);
      const forward = (row: number): number => {
        for (const input of bound) input.load(row, inputs);
        let below: Float64Array = inputs;
        for (const layer of layers) {
          forwardLayer(layer, below);
          below = layer.outputs;
        }
        return below[0] ?? 0;
      };
      return {
        score: forward,
        addGradients(row, lossGradient) {
          backward(layers, inputs, hasEmbeddings ? inputDeltas : undefined, lossGradient);
          if (hasEmbeddings) for (const input of bound) input.addGradients(row, inputDeltas);
        },
      };
    },
  };
}

export function widthOf(input: DeepInput): number {
  return input.kind === "dense" ? 1 : input.width;
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

function backward(
  layers: readonly Layer[],
  inputs: Float64Array,
  inputDeltas: Float64Array | undefined,
  lossGradient: number,
): void {
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index];
    if (layer === undefined) continue;
    const { sums, outputs, deltas } = layer;
    if (index === layers.length - 1) deltas.fill(lossGradient);
    for (let j = 0; j < deltas.length; j++) {
      deltas[j] = (deltas[j] ?? 0) * layer.activation.slope(sums[j] ?? 0, outputs[j] ?? 0);
    }
    const below = layers[index - 1];
    const belowDeltas = below?.deltas ?? inputDeltas;
    if (belowDeltas !== undefined) propagate(layer, belowDeltas);
    const belowOutputs = below?.outputs ?? inputs;
    for (let i = 0; i < belowOutputs.length; i++) {
      const x = belowOutputs[i] ?? 0;
      if (x !== 0) layer.kernel.addGradient(i, deltas, 0, x);
    }
    layer.bias.addGradient(0, deltas, 0, 1);
  }
}

/** d loss / d x of the layer below = W deltas. */
function propagate({ kernel, deltas }: Layer, belowDeltas: Float64Array): void {
  const units = deltas.length;
  for (let i = 0; i < belowDeltas.length; i++) {
    let sum = 0;
    for (let j = 0; j < units; j++) sum += (kernel.weights[i * units + j] ?? 0) * (deltas[j] ?? 0);
    belowDeltas[i] = sum;
  }
}

function bindInputs(spec: SpecOf<"deep">, context: TermContext, batch: EventBatch): BoundInput[] {
  let at = 0;
  return spec.inputs.map((input): BoundInput => {
    const start = at;
    at += widthOf(input);
    if (input.kind === "dense") {
      const values = valuesOf(batch, input.feature);
      return {
        load: (row, into) => {
          into[start] = values[row] ?? 0;
        },
        addGradients: () => {},
      };
    }
    const { width } = input;
    const codes = rowsOf(batch, input.feature);
    const rows = context.rows(input.feature);
    const table = context.table(tableName(spec.name, input.feature));
    return {
      load(row, into) {
        const from = rows.rowOf(codes[row] ?? 0) * width;
        for (let k = 0; k < width; k++) into[start + k] = table.weights[from + k] ?? 0;
      },
      addGradients: (row, deltas) => table.addGradient(rows.rowOf(codes[row] ?? 0), deltas, start, 1),
    };
  });
}
