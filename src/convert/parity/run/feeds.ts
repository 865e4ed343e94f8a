import type { FeatureConfig } from "../../../config/config.js";
import type { Feed, FrameworkInput } from "../../../core/framework-model.js";
import { featuresOf } from "../../../core/term-features.js";
import { featureNamedAfter } from "../../bind-inputs.js";
import type { Bound, Source } from "../../bound.js";
import { unchanged } from "../../families/expression.js";
import type { Graph } from "../../graph.js";
import type { SourceValue } from "../source-encode.js";

/** What each feature is for the source, in one row; see sourceEncoder. */
export type SourceValues = ReadonlyMap<string, SourceValue>;

/**
 * What enters each input of the source's own model, for these rows: row numbers where its graph picks rows of a table
 * by it, numbers as the network reads them elsewhere. In words where an input's features cannot be told.
 */
export function feedsOf(
  { source, bound }: { source: Source; bound: Bound },
  inputs: readonly FrameworkInput[],
  rows: readonly SourceValues[],
): ReadonlyMap<string, Feed> | string {
  const feeds = new Map<string, Feed>();
  const { graph } = source.checkpoint;
  const isNumbers = ({ name }: FrameworkInput): boolean => tableRead(graph, name) === undefined;
  const numbers = inputs.filter(isNumbers);
  const dense = denseFeatures(source, bound);
  for (const input of inputs) {
    const { name, shape } = input;
    const width = shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
    const tensor = tableRead(graph, name);
    const table = bound.tables.find((one) => one.tensor === tensor && one.feature !== undefined);
    if (tensor !== undefined && (table === undefined || width !== 1))
      return `no telling which feature's rows enter ${name}, of ${width} numbers`;
    const alone = numbers.length === 1 ? dense : [featureNamedAfter(dense, name)];
    const names = table === undefined ? alone.map((feature) => feature?.name) : [table.feature];
    if (names.length !== width || names.includes(undefined))
      return `no telling which features enter ${name}, of ${width} numbers`;
    const first = table?.firstRow ?? 0;
    const values = new Float64Array(rows.length * width);
    rows.forEach((row, at) => {
      names.forEach((feature, k) => {
        values[at * width + k] = numberOf(row.get(feature ?? ""), first);
      });
    });
    feeds.set(name, { width, values });
  }
  return feeds;
}

/** A row that every input has a number for: no list, no id that the source has no row for, no sign. */
export function isFeedable(row: SourceValues): boolean {
  return [...row.values()].every((value) => Number.isFinite(numberOf(value, 0)));
}

function numberOf(value: SourceValue, firstRow: number): number {
  if (typeof value !== "object" || "bag" in value) return Number.NaN;
  if ("value" in value) return value.value;
  return value.sign === undefined ? firstRow + value.row : Number.NaN;
}

/** The tensor whose rows an input picks. */
function tableRead(graph: Graph | undefined, input: string): string | undefined {
  for (const { inputs, operation } of graph?.nodes.values() ?? [])
    if (graph !== undefined && operation.kind === "rows" && unchanged(graph, inputs[0] ?? "") === input)
      return operation.tensor;
  return undefined;
}

/** In the order in which the terms read them. */
function denseFeatures({ config }: Source, { terms }: Bound): FeatureConfig[] {
  const read = [...new Set(terms.flatMap(featuresOf))];
  return read.flatMap((name) =>
    config.features.filter((feature) => feature.name === name && feature.encoder.kind === "dense"),
  );
}
