import { tableName } from "../../core/model-spec.js";
import { createInputs } from "./inputs.js";
import { layerStack } from "./layers.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/** Inputs concatenated in order -> fully connected layers -> one number; gradients by back-propagation. */
export function deep(spec: SpecOf<"deep">, context: TermContext): Term {
  const tableOf = (part: string) => context.table(tableName(spec.name, part));
  const inputs = createInputs(spec.inputs, tableOf, context);
  const layers = layerStack(spec.layers, tableOf);
  const numbers = new Float64Array(inputs.width);
  const deltas = new Float64Array(inputs.width);
  const outputDelta = new Float64Array(1);
  return {
    over(batch) {
      const bound = inputs.over(batch);
      return {
        score(row) {
          bound.load(row, numbers);
          return layers.forward(numbers)[0] ?? 0;
        },
        addGradients(row, lossGradient) {
          outputDelta[0] = lossGradient;
          layers.backward(outputDelta, inputs.learn ? deltas : undefined);
          if (inputs.learn) bound.addGradients(row, deltas);
        },
      };
    },
  };
}
