import { type DeepInput, tableName } from "../../core/model-spec.js";
import { inputsWidth, inputWidth } from "../../core/table-shapes.js";
import { type EventBatch, valuesOf } from "../batch.js";
import type { Table } from "../table.js";
import type { TermContext } from "./term.js";
import { type VectorReader, vectorReader } from "./vector-reader.js";

/** The numbers that enter a stack of layers: dense values, embeddings and products of embeddings side by side. */
export interface Inputs {
  readonly width: number;
  /** Some of them are learned. */
  readonly learn: boolean;
  over(batch: EventBatch): BoundInputs;
}

export interface BoundInputs {
  /** Loads an event's numbers into [0, width) of `into`. */
  load(row: number, into: Float64Array): void;
  /** Takes d loss / d numbers back to the rows they came from, right after `load` of the same event. */
  addGradients(row: number, deltas: Float64Array): void;
}

/** `tableOf` gives the table of a feature of this list, where the row is not another term's. */
export function createInputs(
  list: readonly DeepInput[],
  tableOf: (feature: string) => Table,
  context: TermContext,
): Inputs {
  return {
    width: inputsWidth(list),
    learn: list.some(({ kind }) => kind !== "dense"),
    over(batch) {
      let at = 0;
      const bound = list.map((input) => {
        const start = at;
        at += inputWidth(input);
        return bindInput(input, start, tableOf, context, batch);
      });
      return {
        load(row, into) {
          for (const input of bound) input.load(row, into);
        },
        addGradients(row, deltas) {
          for (const input of bound) input.addGradients(row, deltas);
        },
      };
    },
  };
}

function bindInput(
  input: DeepInput,
  start: number,
  tableOf: (feature: string) => Table,
  context: TermContext,
  batch: EventBatch,
): BoundInputs {
  switch (input.kind) {
    case "dense": {
      const values = valuesOf(batch, input.feature);
      return {
        load(row, into) {
          into[start] = values[row] ?? 0;
        },
        addGradients: () => {},
      };
    }
    case "embedding": {
      const { feature, from: owner } = input;
      const table = owner === undefined ? tableOf(feature) : context.table(tableName(owner, feature));
      const reader = vectorReader(feature, table, context, batch);
      return {
        load: (row, into) => reader.load(row, into, start),
        addGradients: (row, deltas) => reader.addGradient(row, deltas, start, 1),
      };
    }
    case "product":
      return bindProduct(
        start,
        input.width,
        vectorReader(input.left, tableOf(input.left), context, batch),
        vectorReader(input.right, tableOf(input.right), context, batch),
      );
    case "sum": {
      const readers = input.features.map((feature) =>
        vectorReader(feature, tableOf(feature), context, batch),
      );
      return bindSum(start, input.width, readers);
    }
  }
}

/** Every summand has the gradient of the sum. */
function bindSum(start: number, width: number, readers: readonly VectorReader[]): BoundInputs {
  const summand = new Float64Array(width);
  return {
    load(event, into) {
      into.fill(0, start, start + width);
      for (const reader of readers) {
        reader.load(event, summand, 0);
        for (let k = 0; k < width; k++) into[start + k] = (into[start + k] ?? 0) + (summand[k] ?? 0);
      }
    },
    addGradients(event, deltas) {
      for (const reader of readers) reader.addGradient(event, deltas, start, 1);
    },
  };
}

function bindProduct(start: number, width: number, left: VectorReader, right: VectorReader): BoundInputs {
  const u = new Float64Array(width);
  const v = new Float64Array(width);
  const gradient = new Float64Array(width);
  const addGradient = (to: VectorReader, factor: Float64Array, event: number, deltas: Float64Array): void => {
    for (let k = 0; k < width; k++) gradient[k] = (deltas[start + k] ?? 0) * (factor[k] ?? 0);
    to.addGradient(event, gradient, 0, 1);
  };
  return {
    load(event, into) {
      left.load(event, u, 0);
      right.load(event, v, 0);
      for (let k = 0; k < width; k++) into[start + k] = (u[k] ?? 0) * (v[k] ?? 0);
    },
    addGradients(event, deltas) {
      addGradient(left, v, event, deltas);
      addGradient(right, u, event, deltas);
    },
  };
}
