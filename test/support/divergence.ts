import { expect } from "vitest";
import type { Learner } from "../../src/model/learner.js";

/** Where a learner stopped, and the norm of the gradient that it says it stopped at. */
export interface Divergence {
  place: string;
  norm: number;
}

/** What is said of the update that left a weight of the state not finite, which the row it names must hold. */
export function divergenceOf(learner: Learner, work: () => void): Divergence {
  let message = "it went on";
  try {
    work();
  } catch (error) {
    message = String(error);
  }
  const parts = /term (\S+?)(?:, (\S+))?, row (\d+), update (\d+).*norm of the gradient ([^,]+),/s.exec(
    message,
  );
  expect(parts, message).not.toBeNull();
  const [, term = "", feature, row = "", , norm = ""] = parts ?? [];
  const table = learner.state.table(feature === undefined ? term : `${term}/${feature}`);
  const from = Number(row) * table.stride;
  const values = Array.from(table.weights.subarray(from, from + table.width));
  expect(values.every(Number.isFinite), `${message}: ${values}`).toBe(false);
  return {
    place: message.slice(message.indexOf("term "), message.indexOf(": a weight")),
    norm: Number(norm),
  };
}
