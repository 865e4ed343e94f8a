import type { Family, Role } from "./family.js";
import { evidenceOf, onlyBias, weightRoles } from "./linear-part.js";
import type { Parts } from "./parts.js";

/**
 * A bias, weights and vectors of one width (Rendle 2010): a table a feature, or one table whose rows are those of all
 * features, as the linear weights' are. Two tables with the names of their features are a matrix factorisation first.
 */
export const factorisationMachine: Family = {
  name: "factorisation-machine",
  recognise(parts, told) {
    const missing: string[] = [];
    const stack = parts.chains.find((chain) => chain.length > 1 || chain[0]?.units !== 1);
    if (stack !== undefined) missing.push(`no layers (it has ${stack[0]?.kernel ?? ""} ...)`);
    const toldRoles = told.filter(({ role }) => /^factorisation(\/|$)/.test(role));
    const weights = weightRoles(parts, told);
    const bias = onlyBias(parts, told);
    const linear = [...told, ...weights.roles].filter(({ role }) => /^linear(\/|$)/.test(role));
    const roles = toldRoles.length > 0 ? [] : vectorRoles(parts, linear);
    if (roles === undefined) {
      const found = parts.tables.map(({ tensor, rows, width }) => `${tensor} [${rows}, ${width}]`);
      missing.push(
        `vectors of one width, a table for each of two or more features by name, or one table with as many rows as a tensor of weights has; found ${found.join(", ") || "none"}`,
      );
    }
    missing.push(...weights.problems, ...bias.problems);
    if (missing.length > 0 || roles === undefined) return { missing };
    return {
      roles: [...bias.roles, ...weights.roles, ...roles],
      evidence: [
        ...evidenceOf("vectors of one width", [...toldRoles, ...roles]),
        ...evidenceOf("one weight a row", weights.roles),
        ...evidenceOf("one number as bias", bias.roles),
      ],
    };
  },
};

function vectorRoles(parts: Parts, linear: readonly Role[]): Role[] | undefined {
  const { tables } = parts;
  const [first] = tables;
  if (first === undefined || tables.some(({ width }) => width !== first.width)) return undefined;
  if (tables.length === 1) {
    const isShared =
      parts.weights.some(({ rows }) => rows === first.rows) ||
      parts.chains.some(([layer]) => layer?.inputs === first.rows);
    return isShared && linear.some(({ role }) => role === "linear")
      ? [{ role: "factorisation", tensor: first.tensor, layout: "rows" }]
      : undefined;
  }
  const names = new Set(tables.map(({ feature }) => feature));
  if (names.size < tables.length || names.has("")) return undefined;
  return tables.map(
    ({ tensor, feature }): Role => ({ role: `factorisation/${feature}`, tensor, layout: "rows" }),
  );
}
