import type { EncoderConfig } from "../config/config.js";

/** How the model's own graph makes rows of tables, or inputs of layers, from one raw column. */
export interface ColumnInput {
  column: string;
  encoder: EncoderConfig;
  /**
   * Tensors that it feeds: a table, whose rows the value picks or which it is multiplied with (position 0), or the kernel
   * of a first layer, whose rows from `position` on it is multiplied with.
   */
  feeds: readonly { tensor: string; position: number }[];
}
