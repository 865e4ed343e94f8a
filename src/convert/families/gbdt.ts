import type { Family } from "./family.js";

/** Boosted trees (XGBoost, LightGBM, ONNX-ML), whose leaves go on learning as a linear model (He et al. 2014). */
export const gbdt: Family = {
  name: "gbdt",
  recognise({ trees }) {
    if (trees === undefined) return { missing: ["trees"] };
    const { objective, features, outputs } = trees;
    const of = outputs === 1 ? "" : ` for ${outputs} outputs`;
    return {
      roles: [],
      evidence: [
        `${trees.trees.length} trees${of} over ${features} features, objective ${objective || "not said"}`,
      ],
    };
  },
};
