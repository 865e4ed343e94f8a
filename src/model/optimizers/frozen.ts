import type { Optimizer } from "./optimizer.js";

/** Weights that stay as they were converted. */
export const frozen: Optimizer = {
  slotNames: [],
  rate: 0,
  slotsPer: "weight",
  updates: "touched",
  usesStep: false,
  clipNorm: Number.POSITIVE_INFINITY,
  initialSlot: () => 0,
  update: () => {},
  effectiveRate: () => 0,
};
