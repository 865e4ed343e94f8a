import { UnbatchError } from "../core/errors.js";
import type { Bound, BoundTable, Source } from "./bound.js";

/** What makes a logit (or the predicted number) of the source's score: scale x score + shift. */
export interface Calibration {
  scale: number;
  shift: number;
  /** In words, for the report; empty where the score is one already. */
  because: readonly string[];
}

/**
 * What unbatch.yaml tells, LightGBM's factor within its sigmoid, and ln(kept) for negatives that training left out: of
 * the odds, the kept share is what sampling took (King and Zeng 2001, equation 7). Error: an ALS that nobody calibrated.
 */
export function calibrationOf({ checkpoint, config, recognised, where }: Source): Calibration {
  const told = config.checkpoint?.calibration;
  const negatives = config.checkpoint?.negatives;
  const because: string[] = [];
  const isNumber = config.model?.link === "squared";
  if (recognised.family === "als" && told === undefined && !isNumber) throw noLogit(where);
  let [scale, shift] = [1, 0];
  const sigmoid = checkpoint.trees === undefined ? undefined : checkpoint.hyperparameters.get("sigmoid");
  if (sigmoid !== undefined && sigmoid !== 1) {
    scale = sigmoid;
    because.push(`leaf values times ${sigmoid}: the objective's sigmoid:${sigmoid}`);
  }
  if (told !== undefined) {
    scale *= told.scale;
    shift = told.shift;
    because.push(`logit = ${told.scale} x score + ${told.shift}: checkpoint.calibration`);
  }
  if (negatives !== undefined && negatives.log === "sampled") {
    because.push(`the bias as it is: the log is sampled as training was (checkpoint.negatives)`);
  } else if (negatives !== undefined) {
    shift += Math.log(negatives.kept);
    because.push(`bias + ln(${negatives.kept}): training kept that share of its negatives`);
  }
  return { scale, shift, because };
}

function noLogit(where: string): UnbatchError {
  return new UnbatchError({
    where,
    found: "scores of ALS, which are preferences and no logits, and no calibration for them",
    expected:
      "rows of a log from before the cut-off to fit one on, or checkpoint.calibration in unbatch.yaml",
    next: "unbatch convert CHECKPOINT --log LOGS --out model, with checkpoint.trained.throughShownAt or compare.start as the cut-off; or checkpoint: { calibration: { scale: 4, shift: -2 } }",
  });
}

/** What the weights of a table are changed by: w x scale + shift. Of a product, one side takes the factor. */
export function factorOf(
  { calibration, terms }: Bound,
  { term, feature }: BoundTable,
): { scale: number; shift: number } {
  const { scale, shift } = calibration;
  const spec = terms.find(({ name }) => name === term);
  if (spec?.kind === "bias") return { scale, shift };
  const isFactor = spec?.kind === "linear" || (spec?.kind === "dot" && spec.left === feature);
  return { scale: isFactor ? scale : 1, shift: 0 };
}
