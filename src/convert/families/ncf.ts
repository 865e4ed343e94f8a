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

/** Layers over the vectors of a user and an item side by side, and nothing else (the MLP of He et al. 2017). */
export const ncf: Family = {
  name: "ncf",
  recognise(parts, told) {
    const missing = networkProblems(parts);
    const { tables, chains, assumed } = parts;
    const [chain] = chains;
    const width = tables.reduce((sum, table) => sum + table.width, 0);
    const isTold = tablesTold(told, "deep").length === 2;
    if (!isTold && !isPair(tables)) missing.push(`two tables of vectors, found ${tableWords(tables)}`);
    if (
      !isStackTold(told, "deep") &&
      (chains.length !== 1 || chain?.[0]?.inputs !== width || chain.at(-1)?.units !== 1)
    )
      missing.push(`one stack of layers, ${width} -> … -> 1`);
    if (parts.weights.length + parts.scalars.length > 0) missing.push("no weights or bias beside it");
    if (missing.length > 0) return { missing };
    const layers = scoreStack("deep", chain ?? []);
    return {
      roles: [...tableRoles("deep", tables), ...layers.roles],
      evidence: [`two tables of vectors: ${tableWords(tables)}`, ...layers.evidence],
      assumed: [...assumed],
    };
  },
};
