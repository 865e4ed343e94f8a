import type { Family, Role } from "./family.js";
import type { Layer } from "./layers.js";
import { besideRoles, networkProblems, scoreStack, tableRoles, tableWords } from "./neural-parts.js";

/** A deep & cross network (Wang et al. 2017 and 2021): crosses of the inputs, with layers on them or beside them. */
export const dcn: Family = {
  name: "dcn",
  recognise(parts, told) {
    const missing = networkProblems(parts);
    const { crosses, tables, chains } = parts;
    if (crosses === undefined)
      missing.push("crosses: tensors named after cross, a kernel and a bias of one width each");
    const width = crosses?.width ?? 0;
    const [first, second] = chains.filter(
      (chain) => !chain.some(({ kernel }) => /wide|(^|\.)lr|linear_model/i.test(kernel)),
    );
    const parallel = [first, second].find(
      (chain) => chain?.length === 1 && chain[0]?.units === 1 && chain[0].inputs > width,
    );
    const deep = [first, second].find(
      (chain) => chain !== undefined && chain !== parallel && chain[0]?.inputs === width,
    );
    const units = deep?.at(-1)?.units ?? 0;
    const isParallel = parallel !== undefined && deep !== undefined && parallel[0]?.inputs === width + units;
    const isStacked = parallel === undefined && deep !== undefined && units === 1;
    if (!isParallel && !isStacked)
      missing.push(`layers from ${width} numbers to one, or beside the crosses with a last layer over both`);
    const known = new Set([...(deep ?? []), ...(parallel ?? [])]);
    const beside = besideRoles(
      { ...parts, chains: chains.filter((chain) => !chain.some((layer) => known.has(layer))) },
      told,
    );
    missing.push(...beside.problems);
    if (missing.length > 0 || crosses === undefined || deep === undefined) return { missing };
    const last = parallel?.[0];
    const stack: Layer[] = last === undefined ? [...deep] : [...deep, { ...last, inputs: units }];
    const layers = scoreStack("cross", stack);
    const output: Role[] =
      last === undefined
        ? []
        : [{ role: "cross/cross_output", tensor: last.kernel, layout: last.layout, firstRow: 0 }];
    const above = (role: Role): Role => (role.tensor === last?.kernel ? { ...role, firstRow: width } : role);
    return {
      roles: [
        ...beside.roles,
        ...tableRoles("cross", tables),
        ...crosses.roles,
        ...output,
        ...layers.roles.map(above),
      ],
      evidence: [
        `${crosses.roles.filter(({ role }) => role.includes("kernel")).length} crosses of ${width} numbers, ${crosses.form === "vector" ? "a vector each (DCN)" : "a matrix each (DCN-v2)"}: ${crosses.roles[0]?.tensor ?? ""} ...`,
        `vectors: ${tableWords(tables)}`,
        ...layers.evidence,
        ...beside.evidence,
      ],
      assumed: [
        ...parts.assumed,
        isParallel
          ? `${last?.kernel} reads the crosses first, then the layers`
          : "the layers stand on the crosses",
      ],
    };
  },
};
