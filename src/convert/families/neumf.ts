import { type Family, type Role, splitRole } from "./family.js";
import type { Layer } from "./layers.js";
import { besideRoles, isPair, networkProblems, scoreStack, tableRoles, tableWords } from "./neural-parts.js";
import type { EmbeddingTable } from "./parts.js";

const GMF = /(^|[^a-z])g?mf([^a-z]|$)/i;
const MLP = /(^|[^a-z])(mlp|deep|dnn)([^a-z]|$)/i;

/** Neural matrix factorisation: a product and a stack of layers, side by side below one last layer (He et al. 2017, equation 12). */
export const neumf: Family = {
  name: "neumf",
  recognise(parts, told) {
    const missing = networkProblems(parts);
    const split = splitTables(parts.tables, told);
    const { gmf, mlp } = split;
    const width = gmf[0]?.width ?? 0;
    const inputs = mlp.reduce((sum, table) => sum + table.width, 0);
    const chain = parts.chains.find((one) => one[0]?.inputs === inputs);
    const units = chain?.at(-1)?.units ?? 0;
    const output = parts.chains.find(
      (one) => one !== chain && one[0]?.inputs === width + units && one[0]?.units === 1,
    )?.[0];
    if (!isPair(gmf) || gmf.some((table) => table.width !== width) || !isPair(mlp))
      missing.push(
        `two tables for a product and two for the layers, told apart by mf and mlp in their names, found ${tableWords(parts.tables)}`,
      );
    if (chain === undefined) missing.push(`a stack of layers from ${inputs} numbers`);
    if (output === undefined) missing.push(`a last layer, ${width} + ${units} -> 1`);
    if (parts.chains.length > 2) missing.push("no other layers");
    const beside = besideRoles({ ...parts, chains: [] }, told);
    missing.push(...beside.problems);
    if (missing.length > 0 || chain === undefined || output === undefined) return { missing };
    const { bias, ...last } = output;
    const hidden: Layer = { ...last, inputs: units, ...(bias === undefined ? {} : { bias }) };
    const layers = scoreStack("deep", [...chain, hidden]);
    const isOutput = ({ role }: Role): boolean => role === `deep/kernel_${chain.length}`;
    return {
      roles: [
        ...beside.roles,
        ...tableRoles("gmf", gmf),
        { role: "gmf/kernel_0", tensor: output.kernel, layout: output.layout, firstRow: 0 },
        ...tableRoles("deep", mlp),
        ...layers.roles.map((role) => (isOutput(role) ? { ...role, firstRow: width } : role)),
      ],
      evidence: [
        `vectors for a product: ${tableWords(gmf)}`,
        `vectors for the layers: ${tableWords(mlp)}`,
        ...layers.evidence,
        `${output.kernel} over ${width} + ${units} numbers`,
      ],
      assumed: [
        ...parts.assumed,
        `${output.kernel} reads the product first, then the layers (as He et al. have it; only golden outputs can prove it)`,
      ],
    };
  },
};

/** By their names; what the user told counts more, and is not a table of `parts` any more. */
function splitTables(
  tables: readonly EmbeddingTable[],
  told: readonly Role[],
): { gmf: EmbeddingTable[]; mlp: EmbeddingTable[] } {
  const isTold = told.some(({ role }) => splitRole(role)[0] === "gmf");
  if (isTold) return { gmf: [], mlp: [...tables] };
  return {
    gmf: tables.filter(({ tensor }) => GMF.test(tensor) && !MLP.test(tensor)),
    mlp: tables.filter(({ tensor }) => MLP.test(tensor)),
  };
}
