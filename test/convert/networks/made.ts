import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Converted, convert } from "../../../src/convert/convert.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { compareScores, type Parity } from "../../../src/convert/parity/parity.js";
import { anyColumnOf, type Logged } from "../../../src/convert/parity/rows.js";
import { vocabulariesOf } from "../../../src/convert/vocabularies.js";
import { openTree } from "../../../src/io/files.js";
import { configOf } from "../checkpoints.js";

export const MADE = resolve("fixtures/made");

/** A checkpoint by its path, converted with an unbatch.yaml in its plain form. */
export async function convertFile(path: string, plain: object): Promise<Converted> {
  const checkpoint = await openCheckpoint(openTree(path));
  const config = configOf({ learner: { optimizer: { kind: "sgd", rate: 0.1 } }, ...plain });
  const vocabularies = await vocabulariesOf(config, checkpoint, () => Promise.reject(new Error("no file")));
  return convert({ checkpoint, config, vocabularies, where: path }, { slots: "exact", precision: "float64" });
}

/** Source tensors, online model and golden logits against each other, on golden rows. */
export function goldenParity(
  { source, bound, model }: Converted,
  columns: Readonly<Record<string, readonly Logged[]>>,
  golden: readonly number[],
): Parity {
  const rows = {
    kind: "golden" as const,
    rows: golden.length,
    columns: new Map(Object.entries(columns).map(([name, values]) => [name, anyColumnOf(values)])),
    golden: Float64Array.from(golden),
  };
  return compareScores(source, bound, model, rows, 1e-5);
}

export function jsonOf<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(resolve(MADE, path), "utf8")) as Shape;
}

export function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** Column k of rows of numbers. */
export function columnAt(rows: readonly (readonly number[])[], k: number): number[] {
  return rows.map((row) => row[k] ?? Number.NaN);
}

export const identity = (size: number): object => ({ kind: "identity", size });
export const dense: object = { kind: "dense" };
