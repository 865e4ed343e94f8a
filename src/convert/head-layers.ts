import type { Bound, Source } from "./bound.js";
import { layerOf } from "./families/family.js";

/** Of a network with several outputs: the others, and the tables of the layers that only the chosen one reads. */
export interface HeadLayers {
  others: readonly string[];
  own: readonly string[];
}

/** Undefined where no other output reads a layer of the term. */
export function headLayers(
  { recognised }: Source,
  { tables }: Pick<Bound, "tables">,
  term: string,
): HeadLayers | undefined {
  const kernels = tables.filter((table) => table.term === term && layerOf(table.role)?.part === "kernel");
  const own = kernels.filter(({ tensor }) => !recognised.sharedTensors.has(tensor));
  if (own.length === kernels.length) return undefined;
  const names = own.flatMap(({ table }) => [table, table.replace(/kernel_(\d+)$/, "bias_$1")]);
  return { others: recognised.otherHeads, own: names };
}
