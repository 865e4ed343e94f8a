import type { Bags } from "../bags.js";
import { bagsOf, type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { FeatureRows } from "../feature-rows.js";
import type { Table } from "../table.js";
import type { TermContext } from "./term.js";

/**
 * The vector of one feature in an event: a row of its table; the sum of a bag's rows, each times its weight; or the one
 * row of a dense feature times its value. Terms read vectors alone, whatever they are made of.
 */
export interface VectorReader {
  /** Writes the event's vector into into[at ... at + width). */
  load(event: number, into: Float64Array, at: number): void;
  /**
   * Takes scale x deltas[from ... from + width), which is d loss / d vector, back to the rows. A row whose factor is 0 is
   * not touched, so that L2 does not touch it either.
   */
  addGradient(event: number, deltas: Float64Array, from: number, scale: number): void;
}

/** @param table of the feature in the term that reads it. */
export function vectorReader(
  feature: string,
  table: Table,
  context: TermContext,
  batch: EventBatch,
): VectorReader {
  switch (batch.features.get(feature)?.kind) {
    case "values":
      return scaledRow(table, valuesOf(batch, feature));
    case "bags":
      return bagOfRows(table, context.rows(feature), bagsOf(batch, feature));
    default:
      return oneRow(table, context.rows(feature), rowsOf(batch, feature));
  }
}

function oneRow(table: Table, rows: FeatureRows, codes: Int32Array): VectorReader {
  const { width } = table;
  return {
    load(event, into, at) {
      const { weights } = table;
      const from = rows.rowOf(codes[event] ?? 0) * width;
      for (let k = 0; k < width; k++) into[at + k] = weights[from + k] ?? 0;
    },
    addGradient: (event, deltas, from, scale) =>
      table.addGradient(rows.rowOf(codes[event] ?? 0), deltas, from, scale),
  };
}

function bagOfRows(
  table: Table,
  rows: FeatureRows,
  { offsets, codes, weights: factors }: Bags,
): VectorReader {
  const { width } = table;
  return {
    load(event, into, at) {
      const { weights } = table;
      const [start, end] = [offsets[event] ?? 0, offsets[event + 1] ?? 0];
      if (start === end) into.fill(0, at, at + width);
      for (let place = start; place < end; place++) {
        const factor = factors?.[place] ?? 1;
        const from = rows.rowOf(codes[place] ?? 0) * width;
        for (let k = 0; k < width; k++) {
          const summand = factor * (weights[from + k] ?? 0);
          into[at + k] = place === start ? summand : (into[at + k] ?? 0) + summand;
        }
      }
    },
    addGradient(event, deltas, from, scale) {
      for (let place = offsets[event] ?? 0; place < (offsets[event + 1] ?? 0); place++) {
        const factor = factors?.[place] ?? 1;
        if (factor !== 0) table.addGradient(rows.rowOf(codes[place] ?? 0), deltas, from, scale * factor);
      }
    },
  };
}

function scaledRow(table: Table, values: Float64Array): VectorReader {
  const { width } = table;
  return {
    load(event, into, at) {
      const { weights } = table;
      const value = values[event] ?? 0;
      for (let k = 0; k < width; k++) into[at + k] = (weights[k] ?? 0) * value;
    },
    addGradient(event, deltas, from, scale) {
      const value = values[event] ?? 0;
      if (value !== 0) table.addGradient(0, deltas, from, scale * value);
    },
  };
}
