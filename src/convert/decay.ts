import { type Bound, type Source, tableKind } from "./bound.js";
import type { ChosenOptimizer } from "./optimizers.js";
import { gradientRatio } from "./rescale.js";

/**
 * Adam's decays are of an update. Where the source's is taken over, and a tensor of the term has a part in every event,
 * so many more updates decay as little together: beta^(b / B). Rows that are touched once a batch stay as they were.
 */
export function decayedByEvent(source: Source, bound: Bound, chosen: ChosenOptimizer): ChosenOptimizer {
  const { spec, term, from } = chosen;
  const isDense = bound.tables.some((table) => table.term === term && tableKind(table) === "dense");
  const isSource = from.startsWith("the checkpoint");
  if (spec.kind !== "adam" || !isSource || !(isDense || spec.touch === "dense")) return chosen;
  const ratio = gradientRatio(source);
  const [beta1, beta2] = [spec.beta1 ** (1 / ratio), spec.beta2 ** (1 / ratio)];
  return { term, spec: { ...spec, beta1, beta2 }, from: `${from}; beta^(1 / ${ratio}), an update an event` };
}
