import { isSigned } from "../../core/encoder-rows.js";
import { UnbatchError } from "../../core/errors.js";
import type { FeatureSpec } from "../../core/model-spec.js";
import { nearestName } from "../../core/nearest.js";
import type { FeatureColumn } from "../../model/batch.js";
import type { OnlineModel } from "../../model/model.js";
import { featureSizes } from "../../model/sizes.js";
import { encodeRows } from "./online-score.js";
import { listOf, loggedAt, type ParityRows } from "./rows.js";

/** Encoded numbers are of float32 in most sources. */
const NUMBER_TOLERANCE = 1e-6;

/**
 * Compares what the source's own encoders gave with what the model's give, feature by feature and row by row; returns
 * the features compared. Errors: a feature that the model does not have; the first row that differs, with its column,
 * its value and both (exit 1).
 */
export function compareEncoded(model: OnlineModel, rows: ParityRows): string[] {
  const { encoded } = rows;
  if (encoded === undefined || encoded.size === 0) return [];
  const { batch } = encodeRows(model, rows);
  const sizes = featureSizes(model);
  for (const [name, expected] of encoded) {
    const feature = featureNamed(model.spec.features, name);
    const column = batch.features.get(name);
    const unknownRow = sizes.get(name)?.unknownRow ?? -1;
    for (let row = 0; row < rows.rows; row++) {
      const ours = valuesAt(column, row, (code) => sourceRow(feature, code < 0 ? unknownRow : code));
      const theirs = listOf(loggedAt(expected, row)).map(Number);
      if (isSame(feature, ours, theirs)) continue;
      throw differs(feature, row, loggedAt(rows.columns.get(feature.column), row), theirs, ours);
    }
  }
  return [...encoded.keys()];
}

function featureNamed(features: readonly FeatureSpec[], name: string): FeatureSpec {
  const feature = features.find((one) => one.name === name);
  if (feature !== undefined) return feature;
  const names = features.map((one) => one.name);
  const nearest = nearestName(name, names);
  throw new UnbatchError({
    where: "checkpoint.golden.rows",
    found: `no feature ${name}`,
    expected: `one of ${names.join(", ")}${nearest === undefined ? "" : ` (perhaps ${nearest})`}`,
    next: "name a feature of unbatch.yaml there",
  });
}

function valuesAt(column: FeatureColumn | undefined, row: number, rowOf: (code: number) => number): number[] {
  if (column?.kind === "values") return [column.values[row] ?? Number.NaN];
  if (column?.kind === "rows") return [rowOf(column.codes[row] ?? 0)];
  if (column === undefined) return [];
  const codes = column.codes.subarray(column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0);
  return Array.from(codes, rowOf);
}

/** A bucket with a sign is one row of the source. */
function sourceRow({ encoder }: FeatureSpec, row: number): number {
  return encoder.kind === "hash" && isSigned(encoder) ? row % encoder.buckets : row;
}

function isSame({ encoder }: FeatureSpec, ours: readonly number[], theirs: readonly number[]): boolean {
  if (ours.length !== theirs.length) return false;
  const room = (value: number): number =>
    encoder.kind === "dense" ? NUMBER_TOLERANCE * Math.max(1, Math.abs(value)) : 0;
  return ours.every((value, at) => Math.abs(value - (theirs[at] ?? Number.NaN)) <= room(value));
}

function differs(
  { name, column, encoder }: FeatureSpec,
  row: number,
  value: unknown,
  theirs: readonly number[],
  ours: readonly number[],
): UnbatchError {
  const what = encoder.kind === "dense" ? "number" : "row";
  return new UnbatchError(
    {
      where: `golden row ${row}, column ${column} = ${JSON.stringify(value ?? null)}`,
      found: `${what} ${ours.join(", ")} by the ${encoder.kind} encoder of feature ${name}`,
      expected: `${what} ${theirs.join(", ")}, as the source's own encoders gave it`,
      next: `correct the encoder of ${name} in unbatch.yaml: docs/convert.md, When the numbers differ`,
    },
    1,
  );
}
