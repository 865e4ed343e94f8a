import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config, LogConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import { type Progress, silent } from "../core/progress.js";
import type { OnlineModel } from "../model/model.js";
import type { ModelRecord } from "../model/record.js";
import type { CommonOptions } from "./common-options.js";
import { memoryLimit } from "./usage.js";

export const DEFAULT_CONFIG = "unbatch.yaml";

/** unbatch.yaml as told, or the one in this folder; undefined where neither is. */
export async function findConfig({ config }: CommonOptions): Promise<Config | undefined> {
  const path = config ?? (existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined);
  if (path === undefined) return undefined;
  const [{ parseConfig }, { readWhole }] = await Promise.all([
    import("../config/load.js"),
    import("../io/files.js"),
  ]);
  return parseConfig(new TextDecoder().decode(readWhole(path, 1_000_000)), path);
}

export async function requireConfig(options: CommonOptions): Promise<Config> {
  const config = await findConfig(options);
  if (config !== undefined) return config;
  throw new UnbatchError({
    found: `no ${DEFAULT_CONFIG} in this folder`,
    expected: "a file that says what the columns of the log are",
    next: "unbatch init CHECKPOINT LOGS… proposes one; --config names another",
  });
}

/** Errors: not the folder of an online model, a damaged file in it. */
export async function openModel(path: string): Promise<{ model: OnlineModel; record: ModelRecord }> {
  const [{ decodeModel }, { arrowVocabulary }, { openBytes }] = await Promise.all([
    import("../model/folder.js"),
    import("../io/arrow.js"),
    import("../io/files.js"),
  ]);
  if (!existsSync(join(path, "model.json"))) {
    const inRun = existsSync(join(path, "model", "model.json"));
    throw new UnbatchError({
      where: path,
      found: inRun ? "a run, not a model" : "no model.json",
      expected: "the folder of an online model",
      next: inRun ? `use ${join(path, "model")}` : "make one with unbatch convert",
    });
  }
  return decodeModel((name) => openBytes(join(path, name)), arrowVocabulary, path);
}

/** The same, of a model whose state will be held so many times. Error: it is larger than memory, before any row is read. */
export async function openToHold(path: string, copies: number = 1): ReturnType<typeof openModel> {
  const [opened, { refuseTooLarge }] = await Promise.all([openModel(path), import("../model/state-size.js")]);
  refuseTooLarge(opened.model, memoryLimit(), copies);
  return opened;
}

/** How to read the log: as unbatch.yaml says, else as the model remembers. */
export function logConfigOf(config: Config | undefined, record: ModelRecord, model: string): LogConfig {
  if (config !== undefined) return config.log;
  if (record.log !== undefined) return record.log as LogConfig;
  throw new UnbatchError({
    where: model,
    found: "the model does not say how its log is read",
    expected: "unbatch.yaml in this folder, or --config",
    next: "unbatch init CHECKPOINT LOGS… proposes one",
  });
}

export async function progressOf({ quiet }: CommonOptions): Promise<Progress> {
  if (quiet === true) return silent;
  const { terminalProgress } = await import("../io/terminal.js");
  return terminalProgress();
}
