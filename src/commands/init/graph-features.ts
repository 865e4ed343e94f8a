import type { EncoderConfig } from "../../config/config.js";
import type { Checkpoint } from "../../convert/checkpoint.js";
import type { ColumnInput } from "../../convert/column-input.js";
import type { ColumnProfile } from "../../replay/column-profile.js";
import type { FeatureGuess } from "./guess-features.js";
import { matchColumn } from "./match-column.js";

/**
 * The features that the model's own graph speaks of, encoders complete. Those that feed layers come first, in the order
 * of the layers' inputs, since the order of features is theirs.
 */
export function featuresOfGraph(
  { inputs = [] }: Checkpoint,
  columns: readonly ColumnProfile[],
): (FeatureGuess & { feeds: readonly string[] })[] {
  const taken = new Set<string>();
  return [...inputs].sort(byLayer).map(({ column: raw, encoder, feeds }) => {
    const column = matchColumn(raw, columns);
    const name = taken.has(raw) ? `${raw}_${encoder.kind}_${taken.size}` : raw;
    taken.add(name);
    const isOpen = column === undefined;
    return {
      name,
      column: column?.name ?? raw,
      encoder: flow(shortest(encoder)),
      because: isOpen
        ? `choose the column: the model's graph calls it ${raw}, and no column of the log is named alike`
        : `the model's own graph: ${feeds.map(({ tensor }) => tensor).join(", ")}`,
      isOpen,
      isDense: encoder.kind === "dense",
      feeds: feeds.map(({ tensor }) => tensor),
    };
  });
}

/** Inputs of layers by layer and place; the others after them, as they were. */
function byLayer(a: ColumnInput, b: ColumnInput): number {
  const [left, right] = [layerOf(a), layerOf(b)];
  if (left === undefined || right === undefined)
    return Number(left === undefined) - Number(right === undefined);
  return left.tensor.localeCompare(right.tensor, "en") || left.position - right.position;
}

/** A dense number feeds layers alone; of a table's feature, the layer is where it has a place past 0 or a second feed. */
function layerOf({ encoder, feeds }: ColumnInput): ColumnInput["feeds"][number] | undefined {
  return encoder.kind === "dense" ? feeds[0] : feeds[1];
}

/** Without what is so by default. */
function shortest(encoder: EncoderConfig): Record<string, unknown> {
  const usual: Record<string, unknown> =
    encoder.kind === "dense"
      ? { mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" }
      : {};
  return Object.fromEntries(Object.entries(encoder).filter(([key, value]) => usual[key] !== value));
}

/** A value as YAML in flow style: what JSON is, with plain keys and words. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    return `{ ${entries.map(([key, one]) => `${key}: ${flow(one)}`).join(", ")} }`;
  }
  return typeof value === "string" && /^[A-Za-z]\w*$/.test(value) && !RESERVED.test(value)
    ? value
    : JSON.stringify(value);
}

const RESERVED = /^(true|false|null|yes|no|on|off|y|n)$/i;
