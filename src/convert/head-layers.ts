import type { Bound, Source } from "./bound.js";

/** Of a network with several outputs: the others, and the tables of the layers that only the chosen one reads. */
export interface HeadLayers {
  /** In words. */
  others: string;
  own: readonly string[];
}

/** Undefined where no other output, or other unit of the last layer, reads a layer of the term. */
export function headLayers(
  { recognised, checkpoint: { chosenUnit } }: Source,
  { tables }: Pick<Bound, "tables">,
  term: string,
): HeadLayers | undefined {
  const kernels = tables.filter(
    (table) => table.term === term && /\/(cross_)?kernel_\d+$|\/cross_output$/.test(table.role),
  );
  const own = kernels.filter(
    ({ tensor }) =>
      !recognised.sharedTensors.has(tensor) && (chosenUnit === undefined || tensor === chosenUnit.kernel),
  );
  if (own.length === kernels.length) return undefined;
  const names = own.flatMap(({ table }) => [table, table.replace(/kernel_(\d+)$/, "bias_$1")]);
  const others =
    chosenUnit === undefined
      ? `the other outputs ${recognised.otherHeads.join(", ")}`
      : `the other units of ${chosenUnit.kernel} (${chosenUnit.units - 1})`;
  return { others, own: [...new Set(names)] };
}
