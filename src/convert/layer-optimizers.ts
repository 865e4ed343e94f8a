import type { LearnerConfig } from "../config/config.js";
import type { OptimizerSpec, TermSpec } from "../core/model-spec.js";
import { layersKey, learnerKeys } from "../core/table-shapes.js";
import type { ChosenOptimizer } from "./optimizers.js";

/** Layers take part in every event: at the rate of rows that few events touch they would forget the batches' training. */
const RATE_SHARE = 10;

/**
 * How the layers of a converted network learn, beside its rows: as learner.terms says, whole or for `<term>/layers`;
 * else not at all in two towers, so that vectors that an index holds stay comparable, and where another head reads them;
 * else at a tenth of the rate of the rows. Empty where the term has no layers, or they learn as the rest.
 */
export function layerOptimizer(
  term: TermSpec,
  { spec }: ChosenOptimizer,
  learner: LearnerConfig,
  otherHeads: readonly string[],
): ChosenOptimizer[] {
  if (learnerKeys(term).length < 2) return [];
  const key = layersKey(term.name);
  const own = learner.terms[key];
  if (own !== undefined) return [{ term: key, spec: own, from: `learner.terms.${key} of unbatch.yaml` }];
  if (otherHeads.length > 0)
    return [frozenLayers(key, `the other outputs ${otherHeads.join(", ")} read them too`)];
  if (learner.terms[term.name] !== undefined) return [];
  if (term.kind === "towers")
    return [
      frozenLayers(key, "the ids learn on fixed towers, so that vectors kept elsewhere stay comparable"),
    ];
  const isOneLayer = term.kind === "deep" && term.layers.length === 1;
  if (spec.kind === "frozen" || isOneLayer) return [];
  const slower: OptimizerSpec = { ...spec, rate: spec.rate / RATE_SHARE };
  const why = `1/${RATE_SHARE} of the rate of the rows, since every event moves them; learner.terms.${key} says otherwise`;
  return [{ term: key, spec: slower, from: why }];
}

/** On vectors that were not trained on clicks the layers learn, and the vectors rest, unless learner.terms says otherwise. */
export function wordOptimizers(
  term: TermSpec,
  chosen: ChosenOptimizer,
  learner: LearnerConfig,
): ChosenOptimizer[] {
  if (term.kind !== "deep") return [chosen];
  const key = layersKey(term.name);
  const layers = { ...chosen, term: key, spec: learner.terms[key] ?? chosen.spec };
  if (learner.terms[term.name] !== undefined)
    return learner.terms[key] === undefined ? [chosen] : [chosen, layers];
  const from = `vectors that were not trained on clicks stay as they are; learner.terms.${term.name} says otherwise`;
  return [{ term: term.name, spec: { kind: "frozen" }, from }, layers];
}

function frozenLayers(term: string, why: string): ChosenOptimizer {
  return { term, spec: { kind: "frozen" }, from: `${why}; learner.terms.${term} says otherwise` };
}
