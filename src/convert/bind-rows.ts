import { UnbatchError } from "../core/errors.js";
import { tableName } from "../core/model-spec.js";
import { type BoundTable, type Source, tensorOfShape } from "./bound.js";
import type { Role } from "./families/family.js";
import { featureOfRole } from "./feature-of-role.js";

/** A table of one vector a row, for the feature that the role names. Error: the feature's encoder gives numbers, not rows. */
export function bindRows(source: Source, role: Role, term: string): BoundTable & { feature: string } {
  const { name, encoder } = featureOfRole(source, role, "must");
  const [rows = 0, width = 0] = source.checkpoint.tensors.get(role.tensor)?.shape ?? [];
  tensorOfShape(source, role, [[rows, width]], "one vector a row");
  if (encoder.kind === "dense") {
    throw new UnbatchError({
      where: `${source.where}, tensor ${role.tensor}`,
      found: `vectors for feature ${name}, which has a dense encoder`,
      expected: "a feature with rows: vocabulary, hash, identity or bucketize",
      next: `change the encoder of ${name} in unbatch.yaml`,
    });
  }
  return { table: tableName(term, name), term, ...role, firstRow: 0, rows, width, feature: name };
}
