import type { Family, Role } from "./family.js";
import {
  besideRoles,
  isStackTold,
  networkProblems,
  scoreStack,
  tableRoles,
  tablesTold,
  tableWords,
} from "./neural-parts.js";
import type { Parts } from "./parts.js";

/**
 * A factorisation machine and layers over the same vectors (Guo et al. 2017). A wide & deep model with one vector a
 * feature has the same tensors: names with `fm` in them, or checkpoint.family, tell them apart.
 */
export const deepfm: Family = {
  name: "deepfm",
  recognise(parts, told, isNamed) {
    const missing = networkProblems(parts);
    if (!isNamed && !speaksOfFm(parts) && tablesTold(told, "factorisation").length === 0)
      missing.push("names with fm in them, or family: deepfm under checkpoint in unbatch.yaml");
    const { tables, chains } = parts;
    const deep = chains.filter((chain) => chain.length > 1 || chain[0]?.units !== 1);
    const [chain] = deep;
    const isTold = tablesTold(told, "factorisation").length > 0;
    const width = tables[0]?.width;
    if (!isTold && (tables.length === 0 || tables.some((table) => table.width !== width)))
      missing.push(`vectors of one width, found ${tableWords(tables)}`);
    if (!isStackTold(told, "deep") && (deep.length !== 1 || chain?.at(-1)?.units !== 1))
      missing.push(`one stack of layers that ends in one output, found ${deep.length}`);
    const beside = besideRoles(parts, told);
    missing.push(...beside.problems);
    if (missing.length > 0) return { missing };
    const layers = scoreStack("deep", chain ?? []);
    const [only] = tables;
    const isOne =
      tables.length === 1 && only !== undefined && beside.roles.some(({ role }) => role === "linear");
    const vectors = (stack: string): Role[] =>
      isOne ? [{ role: stack, tensor: only.tensor, layout: "rows" }] : tableRoles(stack, tables);
    return {
      roles: [...beside.roles, ...vectors("factorisation"), ...vectors("deep"), ...layers.roles],
      evidence: [`vectors of one width: ${tableWords(tables)}`, ...beside.evidence, ...layers.evidence],
      assumed: [
        ...parts.assumed,
        "the factorisation machine and the layers read the same vectors, and both learn them",
      ],
    };
  },
};

/** Whether names speak of a factorisation machine. */
export function speaksOfFm({ tables, weights, chains }: Parts): boolean {
  const names = [...tables, ...weights].map(({ tensor }) => tensor);
  return [...names, ...chains.flat().map(({ kernel }) => kernel)].some((name) =>
    /(^|[./_])(deep)?fm([./_]|$)/i.test(name),
  );
}
