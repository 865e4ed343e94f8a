import type { Family, Role } from "./family.js";
import { evidenceOf, onlyBias, weightRoles } from "./linear-part.js";

/** Inner product of a user's and an item's vector, with biases (Koren, Bell and Volinsky 2009). */
export const matrixFactorisation: Family = {
  name: "matrix-factorisation",
  recognise(parts, told) {
    const missing: string[] = [];
    if (parts.chains.length > 0) missing.push(`it has layers (${parts.chains[0]?.[0]?.kernel ?? ""} ...)`);
    const toldSides = told.filter(({ role }) => role.startsWith("dot/"));
    const wanted = 2 - toldSides.length;
    const tables = wanted > 0 ? parts.tables : [];
    if (tables.length !== Math.max(wanted, 0)) {
      const found = parts.tables.map(({ tensor, rows, width }) => `${tensor} [${rows}, ${width}]`);
      missing.push(
        `two tables of vectors, found ${found.length + toldSides.length}: ${found.join(", ") || "none"}`,
      );
    }
    const [left, right] = tables;
    if (left !== undefined && right !== undefined && left.width !== right.width) {
      missing.push(
        `two tables of one width, found ${left.tensor} of ${left.width} and ${right.tensor} of ${right.width}`,
      );
    }
    if (left !== undefined && left.feature === right?.feature) {
      missing.push(`names that tell ${left.tensor} and ${right.tensor} apart`);
    }
    const weights = weightRoles(parts, told);
    const bias = onlyBias(parts, told);
    missing.push(...weights.problems, ...bias.problems);
    if (missing.length > 0) return { missing };
    const sides = tables.map(
      ({ tensor, feature }): Role => ({ role: `dot/${feature}`, tensor, layout: "rows" }),
    );
    const roles = [...bias.roles, ...weights.roles, ...sides];
    const evidence = [
      ...evidenceOf("two tables of vectors", [...toldSides, ...sides]),
      ...evidenceOf("one weight a row", weights.roles),
      ...evidenceOf("one number as bias", bias.roles),
    ];
    return { roles, evidence };
  },
};
