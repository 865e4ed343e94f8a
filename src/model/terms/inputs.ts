import { type DeepInput, tableName } from "../../core/model-spec.js";
import { inputsWidth, inputWidth } from "../../core/table-shapes.js";
import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { Table } from "../table.js";
import type { TermContext } from "./term.js";

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
  /** Takes d loss / d numbers back to the rows they came from. */
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
      const owned = owner === undefined ? tableOf : () => context.table(tableName(owner, feature));
      const { table, rowAt } = embedding(feature, owned, context, batch);
      return {
        load(row, into) {
          const from = rowAt(row) * input.width;
          for (let k = 0; k < input.width; k++) into[start + k] = table.weights[from + k] ?? 0;
        },
        addGradients: (row, deltas) => table.addGradient(rowAt(row), deltas, start, 1),
      };
    }
    case "product":
      return bindProduct(
        start,
        embedding(input.left, tableOf, context, batch),
        embedding(input.right, tableOf, context, batch),
      );
  }
}

interface Embedding {
  table: Table;
  /** The table's row of an event. */
  rowAt(event: number): number;
}

function embedding(
  feature: string,
  tableOf: (feature: string) => Table,
  context: TermContext,
  batch: EventBatch,
): Embedding {
  const codes = rowsOf(batch, feature);
  const rows = context.rows(feature);
  return { table: tableOf(feature), rowAt: (event) => rows.rowOf(codes[event] ?? 0) };
}

function bindProduct(start: number, left: Embedding, right: Embedding): BoundInputs {
  const { width } = left.table;
  const gradient = new Float64Array(width);
  const addGradient = (to: Embedding, factor: Embedding, event: number, deltas: Float64Array): void => {
    const from = factor.rowAt(event) * width;
    for (let k = 0; k < width; k++)
      gradient[k] = (deltas[start + k] ?? 0) * (factor.table.weights[from + k] ?? 0);
    to.table.addGradient(to.rowAt(event), gradient, 0, 1);
  };
  return {
    load(event, into) {
      const [u, v] = [left.rowAt(event) * width, right.rowAt(event) * width];
      for (let k = 0; k < width; k++)
        into[start + k] = (left.table.weights[u + k] ?? 0) * (right.table.weights[v + k] ?? 0);
    },
    addGradients(event, deltas) {
      addGradient(left, right, event, deltas);
      addGradient(right, left, event, deltas);
    },
  };
}
