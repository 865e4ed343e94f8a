import type { ModelSpec, TermSpec } from "../../core/model-spec.js";
import type { EventBatch } from "../batch.js";
import type { FeatureRows } from "../feature-rows.js";
import type { Forest } from "../forest.js";
import type { Table } from "../table.js";
import { bias } from "./bias.js";
import { cross } from "./cross.js";
import { deep } from "./deep.js";
import { dot } from "./dot.js";
import { factorisation } from "./factorisation.js";
import { interaction } from "./interaction.js";
import { leaves } from "./leaves.js";
import { linear } from "./linear.js";
import { offset } from "./offset.js";
import { towers } from "./towers.js";

/** One summand of the score. It reads features and owns tables. */
export interface Term {
  /** Resolves the columns it reads once, so that the inner loop touches arrays alone. */
  over(batch: EventBatch): BoundTerm;
}

export interface BoundTerm {
  score(row: number): number;
  /**
   * Adds d loss / d weight to its tables, taken at the weights of now; `lossGradient` is d loss / d score.
   * Called right after `score` of the same row, whose intermediate values a term may keep.
   */
  addGradients(row: number, lossGradient: number): void;
}

/** The sum of the terms' scores of one event. */
export function scoreOf(terms: readonly BoundTerm[], row: number): number {
  let score = 0;
  for (const term of terms) score += term.score(row);
  return score;
}

/** What a term asks of the model it is part of. */
export interface TermContext {
  spec: ModelSpec;
  table(name: string): Table;
  rows(feature: string): FeatureRows;
  /** The trees of a `leaves` term. */
  forest(term: string): Forest;
}

export function createTerm(spec: TermSpec, context: TermContext): Term {
  switch (spec.kind) {
    case "offset":
      return offset(spec);
    case "bias":
      return bias(spec, context);
    case "linear":
      return linear(spec, context);
    case "dot":
      return dot(spec, context);
    case "factorisation":
      return factorisation(spec, context);
    case "deep":
      return deep(spec, context);
    case "towers":
      return towers(spec, context);
    case "cross":
      return cross(spec, context);
    case "interaction":
      return interaction(spec, context);
    case "leaves":
      return leaves(spec, context);
  }
}

export type SpecOf<Kind extends TermSpec["kind"]> = Extract<TermSpec, { kind: Kind }>;
