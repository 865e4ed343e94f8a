import { type Family, layerIndex, type Role } from "./family.js";
import { evidenceOf, onlyBias, weightRoles } from "./linear-part.js";

/** A linear part beside fully connected layers over embeddings and numbers (Cheng et al. 2016); either part's bias stays its own. */
export const wideAndDeep: Family = {
  name: "wide-and-deep",
  recognise(parts, told) {
    const missing: string[] = [];
    if (parts.normalisation.length > 0) {
      missing.push(
        `a network without BatchNorm: folding it (${parts.normalisation[0] ?? ""}) into the next layer comes in a later version; export the model with it folded`,
      );
    }
    const toldLayers = told.filter(({ role }) => layerIndex(role, "kernel") !== undefined);
    const deep = toldLayers.length > 0 ? [] : parts.chains.filter((chain) => chain.length > 1);
    if (toldLayers.length === 0 && deep.length !== 1) {
      const found = deep.map((chain) => chain.map(({ kernel }) => kernel).join(" -> "));
      missing.push(
        `one stack of two or more layers, found ${found.length === 0 ? "none" : found.join(" and ")}`,
      );
    }
    const layers = deep[0] ?? [];
    const last = layers.at(-1);
    if (last !== undefined && last.units !== 1) {
      missing.push(`a last layer with one output, found ${last.kernel} with ${last.units}`);
    }
    const loose = parts.chains.filter((chain) => chain.length === 1 && chain[0]?.units !== 1);
    for (const chain of loose)
      missing.push(`a place for the layer ${chain[0]?.kernel ?? ""}, which none leads to`);
    const weights = weightRoles(parts, told);
    const bias = onlyBias(parts, told);
    missing.push(...weights.problems, ...bias.problems);
    if (missing.length > 0) return { missing };
    const stack = layers.flatMap(({ kernel, layout, bias: layerBias }, index): Role[] => [
      { role: `deep/kernel_${index}`, tensor: kernel, layout },
      ...(layerBias === undefined
        ? []
        : [{ role: `deep/bias_${index}`, tensor: layerBias, layout: "rows" as const }]),
    ]);
    const embeddings = parts.tables.map(
      ({ tensor, feature }): Role => ({ role: `deep/${feature}`, tensor, layout: "rows" }),
    );
    const shape = [layers[0]?.inputs, ...layers.map(({ units }) => units)].join(" -> ");
    const evidence = [
      ...(layers.length === 0 ? [] : [`layers ${shape}: ${layers.map(({ kernel }) => kernel).join(", ")}`]),
      ...evidenceOf("vectors for the layers", embeddings),
      ...evidenceOf("one weight a row", weights.roles),
      ...evidenceOf("one number as bias", bias.roles),
    ];
    return { roles: [...bias.roles, ...weights.roles, ...embeddings, ...stack], evidence };
  },
};
