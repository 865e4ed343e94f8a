import { tableName } from "../core/model-spec.js";
import { hashedTables } from "./bind-hashed.js";
import { type BoundTable, type BoundTerms, refuseTwice, type Source, tensorOfShape } from "./bound.js";
import { type Role, splitRole } from "./families/family.js";
import { featureOfRole } from "./feature-of-role.js";
import { concatenated } from "./feature-rows.js";

/** One weight a row, or a number; `own` are the features that have a tensor of their own. */
export function bindLinear(source: Source): BoundTerms & { own: string[] } {
  const roles = source.recognised.roles.filter(({ role }) => /^linear(\/|$)/.test(role));
  const tables: BoundTable[] = [];
  const own: string[] = [];
  for (const role of roles) {
    const feature =
      roles.length === 1 && splitRole(role.role)[1] !== "" ? featureOfRole(source, role, "try") : undefined;
    const isWhole = role.role === "linear" || (roles.length === 1 && feature === undefined);
    if (isWhole) tables.push(...wholeTables(source, role, own));
    else {
      const { name, encoder } = feature ?? featureOfRole(source, role, "must");
      own.push(name);
      const table = {
        ...linearTable(source, role, encoder.kind === "dense"),
        table: tableName("linear", name),
      };
      tables.push(encoder.kind === "dense" ? table : { ...table, feature: name });
    }
  }
  refuseTwice(source, tables);
  const order = source.config.features.map(({ name }) => name);
  const features = order.filter((name) => tables.some(({ table }) => table === tableName("linear", name)));
  return { terms: features.length === 0 ? [] : [{ kind: "linear", name: "linear", features }], tables, own };
}

function linearTable(source: Source, role: Role, isDense: boolean): BoundTable {
  const shape = source.checkpoint.tensors.get(role.tensor)?.shape ?? [];
  const rows = isDense ? 1 : (shape[role.layout === "transposed" ? 1 : 0] ?? 1);
  const why = isDense ? "one weight for a dense feature" : "one weight a row";
  const shapes = role.layout === "transposed" ? [[1, rows]] : [[rows], [rows, 1], ...(isDense ? [[]] : [])];
  tensorOfShape(source, role, shapes, why);
  return { table: "", term: "linear", ...role, firstRow: 0, rows, width: 1 };
}

/** A tensor for all features: one that they are hashed into together, else one stretch after the other. */
function wholeTables(source: Source, role: Role, own: readonly string[]): BoundTable[] {
  const free = source.config.features.filter(({ name }) => !own.includes(name));
  return hashedTables(source, role, free) ?? concatenated(source, role, own, "linear");
}
