import type { EncoderConfig, FeatureConfig } from "../config/config.js";
import { tableName } from "../core/model-spec.js";
import { hashRow, textRow } from "../model/encoders/hash-bucket.js";
import type { BoundTable, Source } from "./bound.js";
import type { Role } from "./families/family.js";

type HashConfig = Extract<EncoderConfig, { kind: "hash" }>;

/**
 * One tensor of weights that all features are hashed into (scikit-learn's FeatureHasher, Vowpal Wabbit): each feature has
 * a copy of it, in which its own values learn, and a number has the weight of the row that its name hashes to
 * (`namespace^name` where Vowpal Wabbit has one). Undefined where the features' buckets are not the tensor's rows.
 */
export function hashedTables(
  source: Source,
  role: Role,
  features: readonly FeatureConfig[],
): BoundTable[] | undefined {
  const rows = source.checkpoint.tensors.get(role.tensor)?.shape[0] ?? 0;
  const hashed = features.flatMap(({ encoder }) => (encoder.kind === "hash" ? [encoder] : []));
  const [first] = hashed;
  const isShared = hashed.every(({ buckets }) => buckets === rows);
  const isWhole = features.every(({ encoder }) => encoder.kind === "hash" || encoder.kind === "dense");
  // A feature alone has the tensor for itself, and numbers beside it rows of their own after it.
  if (first === undefined || !isShared || !isWhole || features.length < 2) return undefined;
  return features.map((feature): BoundTable => {
    const table = { table: tableName("linear", feature.name), term: "linear", ...role, width: 1 };
    if (feature.encoder.kind === "hash") return { ...table, firstRow: 0, rows, feature: feature.name };
    const row = rowOfName(feature.name, first);
    return row < rows
      ? { ...table, firstRow: row, rows: 1 }
      : { ...table, firstRow: row - rows, rows: 1, sign: -1 };
  });
}

/** Of a number the name is hashed, and the value multiplied. */
function rowOfName(name: string, { buckets, function: hash }: HashConfig): number {
  const [namespace, key] = hash === "vowpal-wabbit" && name.includes("^") ? name.split("^", 2) : ["", name];
  return textRow(hashRow({ buckets, function: hash, namespace }))(key ?? name);
}
