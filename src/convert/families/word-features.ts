import { PROJECTION, WORD_VECTORS } from "../projection.js";
import type { Family } from "./family.js";

/**
 * word2vec and GloVe: vectors that were trained on sequences, not on clicks. They are features, at rest; one layer of
 * zeros on them learns what they are worth.
 */
export const wordFeatures: Family = {
  name: "word-features",
  recognise({ tables, chains }, told) {
    const vectors = tables.find(({ tensor }) => tensor === WORD_VECTORS);
    const toldVectors = told.find(({ role, tensor }) => role.startsWith("deep/") && tensor === WORD_VECTORS);
    const isProjected = chains.some(([layer]) => layer?.kernel === PROJECTION.kernel);
    if (!isProjected || (vectors ?? toldVectors) === undefined || tables.length > 1)
      return { missing: ["a file of word2vec or GloVe: one table of vectors"] };
    return {
      roles: [
        ...(toldVectors === undefined
          ? [{ role: "deep/item", tensor: WORD_VECTORS, layout: "rows" } as const]
          : []),
        { role: "deep/kernel_0", tensor: PROJECTION.kernel, layout: "rows" },
        { role: "deep/bias_0", tensor: PROJECTION.bias, layout: "rows" },
      ],
      evidence: [`a table of vectors alone: ${WORD_VECTORS}`],
      assumed: ["the vectors are features, at rest; a layer of zeros on them learns"],
    };
  },
};
