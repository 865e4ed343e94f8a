import type { Family, Role } from "./family.js";
import { evidenceOf, onlyBias, weightRoles } from "./linear-part.js";

/** One weight per feature value and a bias (McMahan et al. 2013): estimators' LinearClassifier, Linear(n -> 1), width-1 embeddings. */
export const logisticRegression: Family = {
  name: "logistic-regression",
  recognise(parts, told) {
    const missing: string[] = [];
    if (parts.tables.length > 0) {
      missing.push(
        `it has embeddings (${parts.tables.map(({ tensor }) => tensor).join(", ")}), a logistic regression none`,
      );
    }
    const deep = parts.chains.filter((chain) => chain.length > 1);
    if (deep.length > 0) missing.push(`it has stacked layers (${deep[0]?.[0]?.kernel ?? ""} ...)`);
    const { roles, problems } = weightRoles(parts, told);
    missing.push(...problems);
    const linear = [...told.filter(({ role }) => role.startsWith("linear")), ...roles];
    if (linear.length === 0) missing.push("weights of shape [rows], [rows, 1] or one Linear [1, n]");
    const bias = onlyBias(parts, told);
    missing.push(...bias.problems);
    if (missing.length > 0) return { missing };
    const all: Role[] = [...bias.roles, ...roles];
    const evidence = [
      ...evidenceOf("one weight a row", linear),
      ...evidenceOf("one number as bias", bias.roles),
    ];
    return { roles: all, evidence };
  },
};
