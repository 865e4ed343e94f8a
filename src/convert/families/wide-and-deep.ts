import { speaksOfFm } from "./deepfm.js";
import type { Family, Role } from "./family.js";
import { evidenceOf } from "./linear-part.js";
import { besideRoles, isStackTold, networkProblems, scoreStack, tableRoles } from "./neural-parts.js";

/** A linear part beside fully connected layers over embeddings and numbers (Cheng et al. 2016); either part's bias stays its own. */
export const wideAndDeep: Family = {
  name: "wide-and-deep",
  recognise(parts, told) {
    const missing = networkProblems(parts);
    const isTold = isStackTold(told, "deep");
    const deep = isTold ? [] : parts.chains.filter((chain) => chain.length > 1);
    if (!isTold && deep.length !== 1) {
      const found = deep.map((chain) => chain.map(({ kernel }) => kernel).join(" -> "));
      missing.push(
        `one stack of two or more layers, found ${found.length === 0 ? "none" : found.join(" and ")}`,
      );
    }
    const layers = deep[0] ?? [];
    const last = layers.at(-1);
    if (last !== undefined && last.units !== 1) {
      missing.push(
        `a last layer with one output, found ${last.kernel} with ${last.units} (checkpoint: { output: 0 } goes on with the first)`,
      );
    }
    const loose = parts.chains.filter((chain) => chain.length === 1 && chain[0]?.units !== 1);
    for (const chain of loose)
      missing.push(`a place for the layer ${chain[0]?.kernel ?? ""}, which none leads to`);
    if (parts.crosses !== undefined) missing.push(`no crosses (${parts.crosses.roles[0]?.tensor ?? ""})`);
    const beside = besideRoles(parts, told);
    missing.push(...beside.problems);
    if (missing.length > 0) return { missing };
    const stack = scoreStack("deep", layers);
    const [only] = parts.tables;
    const isOne =
      parts.tables.length === 1 && only?.feature === "" && beside.roles.some(({ role }) => role === "linear");
    const embeddings: Role[] = isOne
      ? [{ role: "deep", tensor: only.tensor, layout: "rows" }]
      : tableRoles("deep", parts.tables);
    const width = parts.tables[0]?.width;
    const isAmbiguous =
      parts.tables.length > 0 &&
      parts.tables.every((table) => table.width === width) &&
      beside.roles.length > 0;
    const fm = isAmbiguous
      ? [
          "wide & deep: a DeepFM has the same tensors (checkpoint.family: deepfm says so; golden outputs tell)",
        ]
      : [];
    return {
      roles: [...beside.roles, ...embeddings, ...stack.roles],
      evidence: [...stack.evidence, ...evidenceOf("vectors for the layers", embeddings), ...beside.evidence],
      assumed: [...parts.assumed, ...(speaksOfFm(parts) ? [] : fm)],
    };
  },
};
