import type { Family, Role } from "./family.js";

/**
 * Alternating least squares on implicit feedback (Hu, Koren and Volinsky 2008), by the names that implicit and Spark
 * give its two tables. Its scores are preferences near 0 and 1, no logits: they are calibrated first.
 */
export const als: Family = {
  name: "als",
  recognise(parts, told) {
    const missing: string[] = [];
    const sides = (["user", "item"] as const).map((side): Role | undefined => {
      const toldRole = told.find(({ role }) => role === `dot/${side}`);
      if (toldRole !== undefined) return toldRole;
      const pattern = new RegExp(`(^|[./])${side}_?factors$`, "i");
      const table = parts.tables.find(({ tensor }) => pattern.test(tensor));
      return table === undefined ? undefined : { role: `dot/${side}`, tensor: table.tensor, layout: "rows" };
    });
    const found = sides.flatMap((role) => role ?? []);
    if (found.length < 2)
      missing.push("tables named user_factors and item_factors, or userFactors and itemFactors");
    const other = [...parts.weights.map(({ tensor }) => tensor), ...parts.scalars];
    if (other.length > 0)
      missing.push(`nothing beside its two tables (it has ${other.slice(0, 3).join(", ")})`);
    if (missing.length > 0) return { missing };
    return {
      roles: found.filter((role) => !told.includes(role)),
      evidence: [`two tables named as ALS has them: ${found.map(({ tensor }) => tensor).join(", ")}`],
    };
  },
};
