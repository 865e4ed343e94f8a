import type { Family } from "./family.js";
import { stackRoles, stackWords } from "./layers.js";
import { besideRoles, networkProblems, scoreStack, tableRoles, tableWords } from "./neural-parts.js";

/** DLRM (Naumov et al. 2019): layers over the numbers, products of all pairs of vectors, layers over these. */
export const dlrm: Family = {
  name: "dlrm",
  recognise(parts, told) {
    const missing = networkProblems(parts);
    const { tables } = parts;
    const width = tables[0]?.width ?? 0;
    const chains = parts.chains.filter((chain) => chain.length > 1 || chain[0]?.units !== 1);
    const bottom = chains.find((chain) => chain.at(-1)?.units === width);
    const top = chains.find((chain) => chain !== bottom && chain.at(-1)?.units === 1);
    const vectors = tables.length + (bottom === undefined ? 0 : 1);
    const products = (vectors * (vectors - 1)) / 2;
    const found = top?.[0]?.inputs ?? 0;
    const raised = [bottom === undefined ? 0 : 1, vectors].find(
      (count) => products + count * width === found,
    );
    if (tables.length === 0 || tables.some((table) => table.width !== width))
      missing.push(`vectors of one width, found ${tableWords(tables)}`);
    if (top === undefined || chains.some((chain) => chain !== top && chain !== bottom))
      missing.push(`layers that end in a vector of ${width}, and layers that end in one number`);
    else if (raised === undefined)
      missing.push(
        `a first layer above over ${products} products and ${width} or ${vectors * width} numbers, found ${top[0]?.kernel} with ${found}`,
      );
    const beside = besideRoles(parts, told);
    missing.push(...beside.problems);
    if (missing.length > 0 || top === undefined) return { missing };
    const upper = scoreStack("interaction/top", top);
    return {
      roles: [
        ...beside.roles,
        ...tableRoles("interaction", tables),
        ...stackRoles("interaction/bottom", bottom ?? []),
        ...upper.roles,
      ],
      evidence: [
        `vectors of one width: ${tableWords(tables)}`,
        ...(bottom === undefined ? [] : [`layers over the numbers ${stackWords(bottom)}`]),
        ...upper.evidence,
        `${top[0]?.kernel} has room for ${products} products and ${raised === vectors ? "every vector" : "the numbers' vector"}`,
        ...beside.evidence,
      ],
      assumed: [...parts.assumed],
    };
  },
};
