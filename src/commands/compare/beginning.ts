import { basename } from "node:path";
import type { Checkpoint } from "../../compare/start.js";
import type { CompareConfig, Config } from "../../config/config.js";
import { modelSpecOf } from "../../config/model-spec.js";
import { UnbatchError } from "../../core/errors.js";
import { DAY_MICROS } from "../../core/time.js";
import { newModel } from "../../model/create.js";
import type { OnlineModel } from "../../model/model.js";
import { openModel } from "../open-inputs.js";
import type { BeginningOptions } from "./beginning-options.js";

/** The model that the policies begin from, and how far it has been trained. */
export async function beginning(
  config: Config,
  compare: CompareConfig,
  options: BeginningOptions,
): Promise<{ model: OnlineModel; checkpoint: Checkpoint }> {
  if (options.checkpoint !== undefined) return fromCheckpoint(options.checkpoint, config, options);
  const pretrainMicros = options.pretrain ?? compare.pretrain;
  if (pretrainMicros === undefined) {
    throw new UnbatchError({
      found: "nothing to begin from",
      expected:
        "--checkpoint MODEL, or compare.pretrain in unbatch.yaml (a whole number of days, such as 28d)",
      next: "name one of them",
    });
  }
  if (pretrainMicros % DAY_MICROS !== 0) {
    throw new UnbatchError({
      where: options.pretrain === undefined ? "compare.pretrain" : "--pretrain",
      found: `${pretrainMicros / DAY_MICROS} days`,
      expected: "a whole number of days: the test begins at 00:00 UTC",
      next: "round it, for example to 28d",
    });
  }
  return { model: newModel(modelSpecOf(config)), checkpoint: { kind: "pretrained", pretrainMicros } };
}

async function fromCheckpoint(
  path: string,
  config: Config,
  options: BeginningOptions,
): Promise<{ model: OnlineModel; checkpoint: Checkpoint }> {
  const { model, record } = await openModel(path);
  const told = config.checkpoint?.trained;
  const throughShownAtMicros =
    options.trainedThrough ?? told?.throughShownAt ?? record.trained?.throughShownAtMicros;
  const labelsAsOfMicros = options.labelsAsOf ?? told?.labelsAsOf ?? record.trained?.labelsAsOfMicros;
  if (throughShownAtMicros === undefined || labelsAsOfMicros === undefined) {
    throw new UnbatchError({
      where: path,
      found: "it is not known what the checkpoint has learned",
      expected: "two times: trained through rows shown at, with labels as of",
      next: "--trained-through TIME --labels-as-of TIME, or checkpoint.trained in unbatch.yaml",
    });
  }
  const checkpoint: Checkpoint = {
    kind: "converted",
    model: basename(path),
    throughShownAtMicros,
    labelsAsOfMicros,
  };
  return { model, checkpoint };
}

export function compareConfig({ compare }: Config): CompareConfig {
  if (compare !== undefined) return compare;
  throw new UnbatchError({
    where: "unbatch.yaml",
    found: "no compare",
    expected: "compare: { pretrain: 28d, policies: [...] }",
    next: "add it; docs/unbatch-yaml.md has an example of each policy",
  });
}
