import type { Optimizer } from "./optimizer.js";

/** Weights that stay as they were converted. */
export const frozen: Optimizer = {
  slotNames: [],
  initialSlot: () => 0,
  update: () => {},
  effectiveRate: () => 0,
};
