import type { Family } from "./family.js";
import {
  isPair,
  isStackTold,
  networkProblems,
  scoreStack,
  tableRoles,
  tablesTold,
  tableWords,
} from "./neural-parts.js";

/** Generalised matrix factorisation: a weight for each number of the product of two vectors (He et al. 2017, equation 9). */
export const gmf: Family = {
  name: "gmf",
  recognise(parts, told) {
    const missing = networkProblems(parts);
    const { tables, chains } = parts;
    const [chain] = chains;
    const width = tables[0]?.width;
    const isTold = tablesTold(told, "gmf").length === 2;
    if (!isTold && (!isPair(tables) || tables.some((table) => table.width !== width)))
      missing.push(`two tables of vectors of one width, found ${tableWords(tables)}`);
    if (
      !isStackTold(told, "gmf") &&
      (chains.length !== 1 || chain?.length !== 1 || chain[0]?.inputs !== width || chain[0]?.units !== 1)
    )
      missing.push(`one layer, ${width ?? "width"} -> 1, over their product`);
    if (parts.weights.length + parts.scalars.length > 0) missing.push("nothing beside it");
    if (missing.length > 0) return { missing };
    const layers = scoreStack("gmf", chain ?? []);
    return {
      roles: [...tableRoles("gmf", tables), ...layers.roles],
      evidence: [`two tables of vectors: ${tableWords(tables)}`, ...layers.evidence],
    };
  },
};
