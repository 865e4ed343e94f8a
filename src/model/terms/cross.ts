import { tableName } from "../../core/model-spec.js";
import { crossLayers } from "./cross-layers.js";
import { createInputs } from "./inputs.js";
import { layerStack } from "./layers.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/** Deep & cross network: layers on the crosses' last x, or on x_0 beside a linear output of the last x. */
export function cross(spec: SpecOf<"cross">, context: TermContext): Term {
  const tableOf = (part: string) => context.table(tableName(spec.name, part));
  const inputs = createInputs(spec.inputs, tableOf, context);
  const { width } = inputs;
  const crosses = crossLayers(spec, width, tableOf);
  const layers = layerStack(spec.layers, tableOf);
  const output = spec.structure === "parallel" ? tableOf("cross_output") : undefined;
  const numbers = new Float64Array(width);
  const crossDeltas = new Float64Array(width);
  const deepDeltas = new Float64Array(width);
  const outputDelta = new Float64Array(1);
  let last: Float64Array = new Float64Array(width);
  return {
    over(batch) {
      const bound = inputs.over(batch);
      return {
        score(row) {
          bound.load(row, numbers);
          last = crosses.forward(numbers);
          if (output === undefined) return layers.forward(last)[0] ?? 0;
          let sum = layers.forward(numbers)[0] ?? 0;
          for (let k = 0; k < width; k++) sum += (last[k] ?? 0) * (output.weights[k] ?? 0);
          return sum;
        },
        addGradients(row, lossGradient) {
          outputDelta[0] = lossGradient;
          if (output === undefined) {
            layers.backward(outputDelta, crossDeltas);
          } else {
            layers.backward(outputDelta, deepDeltas);
            for (let k = 0; k < width; k++) {
              crossDeltas[k] = lossGradient * (output.weights[k] ?? 0);
              output.addScalarGradient(k, lossGradient * (last[k] ?? 0));
            }
          }
          crosses.backward(crossDeltas);
          if (!inputs.learn) return;
          if (output !== undefined)
            for (let k = 0; k < width; k++) crossDeltas[k] = (crossDeltas[k] ?? 0) + (deepDeltas[k] ?? 0);
          bound.addGradients(row, crossDeltas);
        },
      };
    },
  };
}
