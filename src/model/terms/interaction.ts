import { type DeepInput, tableName } from "../../core/model-spec.js";
import { interactionVectors, interactionWidth } from "../../core/table-shapes.js";
import { createInputs } from "./inputs.js";
import { layerStack } from "./layers.js";
import type { SpecOf, Term, TermContext } from "./term.js";

/**
 * DLRM (Naumov et al. 2019): vectors z_0 (the bottom layers' output, where there are numbers) and one row a feature;
 * z_0 (or every vector) and the products z_i . z_j, i > j, in the order of their reference implementation ((1,0), (2,0),
 * (2,1) ...), enter the top layers. O(vectors^2 width) besides the layers.
 */
export function interaction(spec: SpecOf<"interaction">, context: TermContext): Term {
  const { width } = spec;
  const tableOf = (part: string) => context.table(tableName(spec.name, part));
  const numberInputs = spec.dense.map((feature): DeepInput => ({ kind: "dense", feature }));
  const rowInputs = spec.features.map((feature): DeepInput => ({ kind: "embedding", feature, width }));
  const numbers = createInputs(numberInputs, tableOf, context);
  const rows = createInputs(rowInputs, tableOf, context);
  const bottom = layerStack(spec.bottom, (part) => tableOf(`bottom/${part}`));
  const top = layerStack(spec.top, (part) => tableOf(`top/${part}`));
  const hasNumbers = spec.dense.length > 0;
  const { vectors: count, raised } = interactionVectors(spec);
  const productsFrom = raised * width;

  const dense = new Float64Array(numbers.width);
  /** [count, width], z_0 first; the rows are loaded into the rest of it. */
  const vectors = new Float64Array(count * width);
  const vectorDeltas = new Float64Array(vectors.length);
  const rowsFrom = hasNumbers ? width : 0;
  const rowVectors = vectors.subarray(rowsFrom);
  const rowDeltas = vectorDeltas.subarray(rowsFrom);
  const joined = new Float64Array(interactionWidth(spec));
  const joinedDeltas = new Float64Array(joined.length);
  const outputDelta = new Float64Array(1);

  return {
    over(batch) {
      const boundNumbers = numbers.over(batch);
      const boundRows = rows.over(batch);
      return {
        score(row) {
          if (hasNumbers) {
            boundNumbers.load(row, dense);
            vectors.set(bottom.forward(dense));
          }
          boundRows.load(row, rowVectors);
          joined.set(vectors.subarray(0, productsFrom));
          let at = productsFrom;
          for (let i = 1; i < count; i++) {
            for (let j = 0; j < i; j++) joined[at++] = product(vectors, i * width, j * width, width);
          }
          return top.forward(joined)[0] ?? 0;
        },
        addGradients(row, lossGradient) {
          outputDelta[0] = lossGradient;
          top.backward(outputDelta, joinedDeltas);
          vectorDeltas.fill(0);
          vectorDeltas.set(joinedDeltas.subarray(0, productsFrom));
          let at = productsFrom;
          for (let i = 1; i < count; i++) {
            for (let j = 0; j < i; j++) {
              const delta = joinedDeltas[at++] ?? 0;
              addScaled(vectorDeltas, i * width, vectors, j * width, width, delta);
              addScaled(vectorDeltas, j * width, vectors, i * width, width, delta);
            }
          }
          if (hasNumbers) bottom.backward(vectorDeltas.subarray(0, width), undefined);
          boundRows.addGradients(row, rowDeltas);
        },
      };
    },
  };
}

function product(vectors: Float64Array, a: number, b: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (vectors[a + k] ?? 0) * (vectors[b + k] ?? 0);
  return sum;
}

function addScaled(
  into: Float64Array,
  to: number,
  vectors: Float64Array,
  from: number,
  width: number,
  by: number,
): void {
  for (let k = 0; k < width; k++) into[to + k] = (into[to + k] ?? 0) + by * (vectors[from + k] ?? 0);
}
