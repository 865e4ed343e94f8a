import type { FrameworkModel } from "../../../core/framework-model.js";
import type { Bound } from "../../bound.js";
import type { Converted } from "../../convert.js";
import { unchanged } from "../../families/expression.js";
import { scoresIn } from "../../families/from-graph.js";
import type { Graph } from "../../graph.js";
import type { ParityRows } from "../rows.js";
import { sourceEncoder } from "../source-score.js";
import { feedsOf, isFeedable, type SourceValues } from "./feeds.js";

/** The logits, calibrated, that an output of the framework may stand for: one, or those that round to its probability. */
export interface RunScore {
  logit: number;
  low: number;
  high: number;
}

export interface SourceRun {
  framework: string;
  /** Whether its outputs are probabilities. */
  gives: "logits" | "probabilities";
  /** By row; undefined where a row cannot be fed: a list, an id without a row. */
  scores: readonly (RunScore | undefined)[];
}

/** Float32's probabilities are this far apart, relative to themselves, and a sigmoid is rounded by as much again. */
const STEP = 2 ** -22;

/** The source's own model run by its framework on the rows to compare; in words where it cannot be. */
export async function runSource(
  { source, bound }: Converted,
  model: FrameworkModel,
  { rows, columns }: ParityRows,
): Promise<SourceRun | string> {
  const { graph } = source.checkpoint;
  const output = graph === undefined ? undefined : outputOf(graph, source.config.checkpoint?.head);
  if (graph === undefined || output === undefined) return "no telling which output is the score";
  const encode = sourceEncoder(source, bound);
  const fed: number[] = [];
  const values: SourceValues[] = [];
  for (let row = 0; row < rows; row++) {
    const encoded = encode(columns, row);
    if (encoded === undefined || !isFeedable(encoded)) continue;
    fed.push(row);
    values.push(encoded);
  }
  if (fed.length === 0) return "no row has one value that the source knows for each input";
  const feeds = feedsOf({ source, bound }, model.inputs, values);
  if (typeof feeds === "string") return feeds;
  const outputs = await model.run(feeds, fed.length, output.name);
  if (outputs.length !== fed.length) return `${outputs.length} numbers for ${fed.length} rows`;
  return { framework: model.framework, ...runScores(bound, rows, fed, outputs, output.isProbability) };
}

/** The framework's outputs for the rows `fed`, as calibrated logits. */
export function runScores(
  { calibration: { scale, shift } }: Bound,
  rows: number,
  fed: readonly number[],
  outputs: Float64Array,
  isProbability: boolean,
): Pick<SourceRun, "gives" | "scores"> {
  const calibrated = (logit: number): number => scale * logit + shift;
  const scores = Array.from({ length: rows }, (): RunScore | undefined => undefined);
  fed.forEach((row, at) => {
    const value = outputs[at] ?? Number.NaN;
    const [logit = value, low = value, high = value] = isProbability
      ? [value, value * (1 - STEP), Math.min(1, value * (1 + STEP))].map((p) => Math.log(p) - Math.log1p(-p))
      : [];
    scores[row] = { logit: calibrated(logit), low: calibrated(low), high: calibrated(high) };
  });
  return { gives: isProbability ? "probabilities" : "logits", scores };
}

/** How far a score is outside of what the framework's output may stand for. */
export function distance({ low, high }: RunScore, score: number): number {
  return Number.isFinite(score) ? Math.max(0, low - score, score - high) : Number.POSITIVE_INFINITY;
}

/** The one output, or the one that `head` names; of a score and its sigmoid the score. */
export function outputOf(
  graph: Graph,
  head: string | undefined,
): { name: string; isProbability: boolean } | undefined {
  const outputs = scoresIn(graph);
  const [name, second] = head === undefined ? outputs : outputs.filter((output) => output.includes(head));
  if (name === undefined || second !== undefined) return undefined;
  const operation = graph.nodes.get(unchanged(graph, name))?.operation;
  const isProbability =
    (operation?.kind === "activation" || operation?.kind === "layer") && operation.activation === "sigmoid";
  return { name, isProbability };
}
