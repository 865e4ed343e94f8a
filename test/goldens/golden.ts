import type { Logged } from "../../src/convert/parity/rows.js";
import { seededRandom } from "../../src/core/random.js";

/** Outputs that somebody else's program gave for a model file, and how ours are held to them. */
export interface Golden {
  /** Its row in the table of docs/formats.md: `made/…` or `data/…`. */
  file: string;
  /** Whose numbers these are. */
  against: string;
  /** The largest difference that is no error; with the reason where it is not 1e-5. */
  tolerance: number;
  because?: string;
  /** `path` is the checkpoint's. */
  prove: (path: string) => Promise<Proof>;
}

/** The largest absolute difference: of scores before the link, or of the numbers of a table where there is no score. */
export interface Proof {
  difference: number;
  compared: number;
  unit: "rows" | "values";
}

/** What `unbatch convert` is given beside a checkpoint: unbatch.yaml, and golden outputs. */
export interface Conversion {
  config: object;
  /** By log column. */
  columns: Readonly<Record<string, readonly Logged[]>>;
  scores: readonly number[];
  /** What the scores are; default: before the link. */
  scale?: "logit" | "probability";
  /** More of the command line. */
  options?: readonly string[];
}

/** Goldens of one kind are met within this, in logits, unless they say why not. */
export const TOLERANCE = 1e-5;

/** Of models that nobody published outputs of. */
export const ALONE =
  "the source's tensors against the online model, on generated rows (no outputs were published)";

/** Of several outputs of one model: the largest difference, and all that was compared. */
export function together(proofs: readonly Proof[]): Proof {
  return {
    difference: Math.max(...proofs.map(({ difference }) => difference)),
    compared: proofs.reduce((sum, { compared }) => sum + compared, 0),
    unit: proofs[0]?.unit ?? "rows",
  };
}

export const identity = (size: number): object => ({ kind: "identity", size });
export const dense: object = { kind: "dense" };
/** A number that trees split by: missing is missing. */
export const splitBy: object = { kind: "dense", missing: "keep" };

/** Column k of rows of numbers. */
export function columnAt<Value>(rows: readonly (readonly Value[])[], k: number): (Value | undefined)[] {
  return rows.map((row) => row[k]);
}

/** A column for each feature, from rows of their values. */
export function columnsOf<Value>(
  names: readonly string[],
  rows: readonly (readonly (Value | null)[])[],
): Record<string, (Value | undefined)[]> {
  return Object.fromEntries(names.map((name, k) => [name, rows.map((row) => row[k] ?? undefined)]));
}

/** Features of one encoder, each of the column of its name. */
export function featuresOf(names: readonly string[], encoder: object): object[] {
  return names.map((name) => ({ name, encoder }));
}

/** Float32 numbers around 0, the same in every run. */
export function randomRows(rows: number, width: number, scale: number): number[][] {
  const random = seededRandom(7);
  const row = (): number[] => Array.from({ length: width }, () => Math.fround(scale * random.normal()));
  return Array.from({ length: rows }, row);
}
