import { tableName } from "../core/model-spec.js";
import { bindRows } from "./bind-rows.js";
import { type BoundTable, type BoundTerms, refuseTwice, type Source, tensorOfShape } from "./bound.js";
import type { Role } from "./families/family.js";
import { featureOfRole } from "./feature-of-role.js";
import { concatenated } from "./feature-rows.js";

/** Vectors of one width: a table a feature, or one for all. Errors: two widths, two tensors for one feature. */
export function bindFactorisation(source: Source): BoundTerms {
  const roles = source.recognised.roles.filter(({ role }) => /^factorisation(\/|$)/.test(role));
  const tables = roles.flatMap((role): BoundTable[] =>
    role.role === "factorisation"
      ? concatenated(source, role, [], "factorisation")
      : [vectorTable(source, role)],
  );
  const [first] = tables;
  if (first === undefined) return { terms: [], tables: [] };
  refuseTwice(source, tables);
  for (const table of tables) {
    const shape = source.checkpoint.tensors.get(table.tensor)?.shape ?? [];
    tensorOfShape(source, table, [[shape[0] ?? 0, first.width]], `the width of ${first.tensor}`);
  }
  const order = source.config.features.map(({ name }) => name);
  const features = order.filter((name) =>
    tables.some(({ table }) => table === tableName("factorisation", name)),
  );
  return {
    terms: [{ kind: "factorisation", name: "factorisation", features, width: first.width }],
    tables,
  };
}

/** The one vector of a dense feature, or a vector for each row of another. */
function vectorTable(source: Source, role: Role): BoundTable {
  const { name, encoder } = featureOfRole(source, role, "must");
  if (encoder.kind !== "dense") return bindRows(source, role, "factorisation");
  const width = source.checkpoint.tensors.get(role.tensor)?.shape[1] ?? 0;
  tensorOfShape(source, role, [[1, width]], "one vector for a dense feature");
  const table = tableName("factorisation", name);
  return { table, term: "factorisation", ...role, firstRow: 0, rows: 1, width };
}
