import { type Tower, tableName } from "../../core/model-spec.js";
import type { EventBatch } from "../batch.js";
import { createInputs } from "./inputs.js";
import { layerStack } from "./layers.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/**
 * Inner product of two towers' outputs (two-tower retrieval: Yi et al. 2019, without their normalisation and
 * temperature). Both gradients are taken at the old weights.
 */
export function towers(spec: SpecOf<"towers">, context: TermContext): Term {
  const left = tower(spec, "left", context);
  const right = tower(spec, "right", context);
  return {
    over(batch) {
      const boundLeft = left(batch);
      const boundRight = right(batch);
      // Both are kept from score to addGradients.
      let u: Float64Array = new Float64Array(0);
      let v: Float64Array = new Float64Array(0);
      return {
        score(row) {
          u = boundLeft.forward(row);
          v = boundRight.forward(row);
          let sum = 0;
          for (let k = 0; k < u.length; k++) sum += (u[k] ?? 0) * (v[k] ?? 0);
          return sum;
        },
        addGradients(row, lossGradient) {
          boundLeft.backward(row, v, lossGradient);
          boundRight.backward(row, u, lossGradient);
        },
      };
    },
  };
}

interface BoundTower {
  forward(row: number): Float64Array;
  /** Takes back d loss / d outputs = lossGradient x the other tower's outputs. */
  backward(row: number, other: Float64Array, lossGradient: number): void;
}

function tower(
  spec: SpecOf<"towers">,
  side: "left" | "right",
  context: TermContext,
): (batch: EventBatch) => BoundTower {
  const { inputs: list, layers: shapes }: Tower = spec[side];
  const tableOf = (part: string) => context.table(tableName(spec.name, `${side}/${part}`));
  const inputs = createInputs(list, tableOf, context);
  const layers = layerStack(shapes, tableOf);
  const numbers = new Float64Array(inputs.width);
  const deltas = new Float64Array(inputs.width);
  const outputDeltas = new Float64Array(shapes.at(-1)?.units ?? inputs.width);
  return (batch) => {
    const bound = inputs.over(batch);
    return {
      forward(row) {
        bound.load(row, numbers);
        return layers.forward(numbers);
      },
      backward(row, other, lossGradient) {
        for (let k = 0; k < outputDeltas.length; k++) outputDeltas[k] = lossGradient * (other[k] ?? 0);
        layers.backward(outputDeltas, inputs.learn ? deltas : undefined);
        if (inputs.learn) bound.addGradients(row, deltas);
      },
    };
  };
}
