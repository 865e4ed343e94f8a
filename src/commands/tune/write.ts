import { realpathSync } from "node:fs";
import type { Checkpoint } from "../../compare/start.js";
import { configWith } from "../../compare/tune/as-written.js";
import type { Tuning } from "../../compare/tune/tune.js";
import { whyUntuned } from "../../compare/tuned.js";
import type { Config } from "../../config/config.js";
import { editYaml } from "../../config/edit.js";
import { parseConfig } from "../../config/load.js";
import { modelSpecOf } from "../../config/model-spec.js";
import { UnbatchError } from "../../core/errors.js";
import { writeFile } from "../../io/atomic.js";
import { readWhole } from "../../io/files.js";
import type { OnlineModel } from "../../model/model.js";

const COMMENT = "by unbatch tune; compare gives verdicts as long as these settings are not changed";

/**
 * Writes the chosen settings into unbatch.yaml, in one step; what is not changed stays as it is to the byte. What was
 * written is read again before, and must be what compare takes for tuned.
 */
export async function writeTuned(
  path: string,
  config: Config,
  tuning: Tuning,
  { model, checkpoint }: { model: OnlineModel; checkpoint: Checkpoint["kind"] },
): Promise<void> {
  const text = unchangedText(path, config);
  const edited = editYaml(text, config, configWith(config, tuning), { tuned: COMMENT });
  const after = parseConfig(edited, path);
  for (const { name } of config.compare?.policies ?? []) {
    const isTuned = tuning.policies.some((one) => one.name === name);
    const why = isTuned
      ? whyNotTuned(after, name, tuning, { model, checkpoint })
      : whyChanged(name, config, after);
    if (why !== undefined) throw notWritten(path, why);
  }
  await writeFile(realpathSync(path), { force: true }, new TextEncoder().encode(edited));
}

/** What compare will say of a policy as it would be written. */
function whyNotTuned(
  config: Config,
  name: string,
  { rows }: Tuning,
  { model, checkpoint }: { model: OnlineModel; checkpoint: Checkpoint["kind"] },
): string | undefined {
  const { compare } = config;
  const policy = compare?.policies.find((one) => one.name === name);
  if (compare === undefined || policy === undefined) return `${name} is gone`;
  const spec = checkpoint === "pretrained" ? modelSpecOf(config) : model.spec;
  return whyUntuned(policy, { compare, spec, checkpoint, startMicros: rows.cutOffMicros });
}

/** A policy that was not tuned stays as it is. */
function whyChanged(name: string, before: Config, after: Config): string | undefined {
  const settingsIn = ({ compare }: Config): string =>
    JSON.stringify(compare?.policies.find((one) => one.name === name));
  return settingsIn(before) === settingsIn(after) ? undefined : `${name} would change too`;
}

function notWritten(path: string, why: string): UnbatchError {
  return new UnbatchError({
    where: path,
    found: `settings cannot be written there so that they mean what was tuned: ${why}`,
    expected: "each policy's settings in a place of their own",
    next: "write out what an alias (*name) stands for; or take them from --dry-run --json and write them by hand",
  });
}

/** Error: the file is not what the tuning began with. */
function unchangedText(path: string, config: Config): string {
  const text = new TextDecoder().decode(readWhole(path, 1_000_000));
  if (JSON.stringify(parseConfig(text, path)) === JSON.stringify(config)) return text;
  throw new UnbatchError(
    {
      where: path,
      found: "it was changed while settings were tuned",
      expected: "the file that the tuning began with",
      next: "tune again",
    },
    3,
  );
}
