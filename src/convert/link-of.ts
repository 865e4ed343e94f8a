import type { Link } from "../core/model-spec.js";
import type { Checkpoint } from "./checkpoint.js";
import { linkOfObjective } from "./objectives.js";

/** What Vowpal Wabbit keeps as its least label under --loss_function logistic (loss_functions.cc). */
const LOGISTIC_LABEL = -50;

/** The link that a linear model was trained with, as far as its format tells, and how it is told. */
export function linkOf({
  format,
  hyperparameters,
  notes,
}: Checkpoint): { link: Link; because: string } | undefined {
  if (format === "vowpal-wabbit-text") {
    const least = hyperparameters.get("Min label");
    if (least === undefined || least === LOGISTIC_LABEL) return undefined;
    return {
      link: "squared",
      because: `link squared: Min label ${least} is not of Vowpal Wabbit's logistic loss`,
    };
  }
  if (!format.startsWith("xgboost")) return undefined;
  const objective = notes
    .map((note) => /^objective (\S+?);/.exec(note)?.[1])
    .find((name) => name !== undefined);
  return linkOfObjective(objective ?? "") === "squared"
    ? { link: "squared", because: `link squared: objective ${objective ?? ""}` }
    : undefined;
}
