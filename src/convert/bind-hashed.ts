import type { EncoderConfig, FeatureConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import { tableName } from "../core/model-spec.js";
import { hashRow, textRow } from "../model/encoders/hash-bucket.js";
import type { BoundTable, Source } from "./bound.js";
import type { Role } from "./families/family.js";

const INTERACT = /(^|\s)--interact[ =](\S+)/;

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
  const isVowpalWabbit = source.checkpoint.format === "vowpal-wabbit-text";
  if (isVowpalWabbit && hashed.length > 0) refuseInteract(source);
  // Its hash is known where no feature says it.
  const numbersAlone = isVowpalWabbit ? ({ buckets: rows, function: "vowpal-wabbit" } as const) : undefined;
  const first = hashed[0] ?? numbersAlone;
  const isShared = hashed.every(({ buckets }) => buckets === rows);
  const isWhole = features.every(({ encoder }) => encoder.kind === "hash" || encoder.kind === "dense");
  // A feature alone has the tensor for itself, and numbers beside it rows of their own after it.
  if (first === undefined || !isShared || !isWhole || (features.length < 2 && hashed.length > 0))
    return undefined;
  return features.map((feature): BoundTable => {
    const table = { table: tableName("linear", feature.name), term: "linear", ...role, width: 1 };
    if (feature.encoder.kind === "hash") return { ...table, firstRow: 0, rows, feature: feature.name };
    const row = rowOfName(feature.name, first);
    return row < rows
      ? { ...table, firstRow: row, rows: 1 }
      : { ...table, firstRow: row - rows, rows: 1, sign: -1 };
  });
}

/**
 * `--interact ab`: the value of a feature of namespace a is multiplied by that of the same name in b, and b is gone
 * (interact.cc), which only numbers can hold: a column of the products.
 */
function refuseInteract({ checkpoint, where }: Source): void {
  const option = checkpoint.notes
    .map((note) => INTERACT.exec(note)?.[2])
    .find((found) => found !== undefined);
  if (option === undefined) return;
  throw new UnbatchError({
    where,
    found: `a Vowpal Wabbit model trained with --interact ${option}, whose weights are of products of two namespaces`,
    expected: "dense features alone, each with the product of what both namespaces have under its name",
    next: 'name them after the first namespace ("NAMESPACE^NAME"), with such columns in the log; or learn on top of the logged score with an `offset` term',
  });
}

/** Of a number the name is hashed, and the value multiplied. */
function rowOfName(
  name: string,
  { buckets, function: hash }: Pick<HashConfig, "buckets" | "function">,
): number {
  const [namespace, key] = hash === "vowpal-wabbit" && name.includes("^") ? name.split("^", 2) : ["", name];
  return textRow(hashRow({ buckets, function: hash, namespace }))(key ?? name);
}
