import { UnbatchError } from "../core/errors.js";
import type { Source } from "./bound.js";
import type { Checkpoint } from "./checkpoint.js";
import { hyperparameter } from "./optimizers.js";

/** How the source's training cut its events into updates: what its slots were gathered over. */
export interface Training {
  batchSize: number;
  reduction: "mean" | "sum";
  /** Events that it learned, epochs counted; undefined where nobody says. */
  events: number | undefined;
}

/** As unbatch.yaml tells, else as far as the checkpoint saved it. Error: neither says the size of a batch. */
export function trainingOf({ config, checkpoint, where }: Source): Training {
  const told = config.checkpoint?.training;
  const saved = savedBatchSize(checkpoint);
  const batchSize = told?.batchSize ?? saved;
  if (batchSize === undefined || !(batchSize >= 1)) {
    throw new UnbatchError({
      where,
      found: "no size of the batches that the optimizer's slots were gathered over",
      expected: "checkpoint.training in unbatch.yaml",
      next: "add it: checkpoint: { training: { batchSize: 256, reduction: mean } }; or convert with --slots exact or fresh",
    });
  }
  return { batchSize, reduction: told?.reduction ?? "mean", events: told?.events };
}

/** There is enough to go by for slots to be rescaled. */
export function isTrainingKnown({ config, checkpoint }: Pick<Source, "config" | "checkpoint">): boolean {
  return config.checkpoint?.training !== undefined || savedBatchSize(checkpoint) !== undefined;
}

function savedBatchSize(checkpoint: Checkpoint): number | undefined {
  return hyperparameter(checkpoint, "", /^(train_)?batch_?size$/i)?.value;
}
