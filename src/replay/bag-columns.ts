import { type ColumnDescription, isList, type RowGroupColumns } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import type { FeatureSpec } from "../core/model-spec.js";
import type { Rejections } from "../core/rejections.js";
import { type Bags, joinBags } from "../model/bags.js";
import type { FeatureColumn } from "../model/batch.js";
import type { BagEncoder } from "../model/encoders/encoder.js";
import { anyColumnOf } from "./block-columns.js";

/** The bags of some rows, part by part. Error: see splitTexts. */
export function readBags(
  encoder: BagEncoder,
  parts: readonly RowGroupColumns[],
  rejections: Rejections,
): FeatureColumn {
  const { column, bag } = encoder.feature;
  const read: Bags[] = [];
  let at = 0;
  for (const part of parts) {
    const weights = bag?.weights === undefined ? undefined : anyColumnOf(part, bag.weights);
    const ofPart = rejections.subarray(at, at + part.rows);
    read.push(encoder.encode(anyColumnOf(part, column), weights, part.rows, ofPart));
    at += part.rows;
  }
  return { kind: "bags", ...joinBags(read) };
}

/** The columns that a bag is read from. Errors: one of a type that cannot serve, or of one value a row and no more to it. */
export function bagColumns(
  { name, column, bag }: FeatureSpec & { bag: NonNullable<FeatureSpec["bag"]> },
  find: (column: string, key: string) => ColumnDescription,
): void {
  const values = find(column, `features.${name}.column`);
  const isMany = isList(values.type) || bag.split !== undefined;
  if (isList(values.type) ? bag.split !== undefined : bag.split !== undefined && values.type !== "text")
    throw cannotServe(values, `features.${name}.bag.split`, "a column of texts to split");
  if (values.type === "unsupported" || (!isMany && bag.weights === undefined))
    throw cannotServe(
      values,
      `features.${name}.bag`,
      "a column of lists; or bag.split, which cuts its texts; or bag.weights, a weight for its one value",
    );
  if (bag.weights === undefined) return;
  const weights = find(bag.weights, `features.${name}.bag.weights`);
  const ofEach = isMany ? ["list of integer", "list of float"] : ["integer", "float"];
  const isText = weights.type === "text" && bag.split !== undefined;
  if (!isText && !ofEach.includes(weights.type))
    throw cannotServe(weights, `features.${name}.bag.weights`, isMany ? "lists of numbers" : "numbers");
}

function cannotServe({ name, type, physicalType }: ColumnDescription, key: string, expected: string): Error {
  return new UnbatchError({
    found: `column "${name}" (${key}) is ${type === "unsupported" ? physicalType : type}`,
    expected,
    next: `change ${key} in unbatch.yaml, or look at the log with unbatch inspect`,
  });
}
