import type { LearnerConfig } from "../config/config.js";
import type { OptimizerSpec, TermSpec } from "../core/model-spec.js";
import { layersKey, learnerKeys } from "../core/table-shapes.js";
import type { HeadLayers } from "./head-layers.js";
import type { ChosenOptimizer } from "./optimizers.js";

/** Layers take part in every event: at the rate of rows that few events touch they would forget the batches' training. */
const RATE_SHARE = 10;
const SLOWER = `1/${RATE_SHARE} of the rate of the rows, since every event moves them`;

/**
 * How the layers of a converted network learn, beside its rows: as learner.terms says, whole or for `<term>/layers`;
 * else not at all in two towers, so that vectors that an index holds stay comparable, and where another head reads them
 * too (`head`: which layers are the chosen one's own); else at a tenth of the rate of the rows. Empty where the term has
 * no layers, or they learn as the rest.
 */
export function layerOptimizer(
  term: TermSpec,
  { spec }: ChosenOptimizer,
  learner: LearnerConfig,
  head: HeadLayers | undefined,
): ChosenOptimizer[] {
  if (learnerKeys(term).length < 2) return [];
  const key = layersKey(term.name);
  const own = learner.terms[key];
  if (own !== undefined) return [{ term: key, spec: own, from: `learner.terms.${key} of unbatch.yaml` }];
  const isTold = learner.terms[term.name] !== undefined;
  if (term.kind === "towers" && !isTold)
    return [
      frozenLayers(key, "the ids learn on fixed towers, so that vectors kept elsewhere stay comparable"),
    ];
  if (head !== undefined) {
    const shared = frozenLayers(key, `${head.others} read them too`);
    const from = `no other output reads it: ${isTold ? "as the rows" : SLOWER}`;
    const ofHead = isTold ? spec : slower(spec);
    return [shared, ...head.own.map((table) => ({ term: table, spec: ofHead, from }))];
  }
  if (isTold) return [];
  const isOneLayer = term.kind === "deep" && term.layers.length === 1;
  if (spec.kind === "frozen" || isOneLayer) return [];
  const from = `${SLOWER}; learner.terms.${key} says otherwise`;
  return [{ term: key, spec: slower(spec), from }];
}

function slower(spec: OptimizerSpec): OptimizerSpec {
  return spec.kind === "frozen" ? spec : { ...spec, rate: spec.rate / RATE_SHARE };
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
