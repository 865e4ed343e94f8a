import type { Config, LogConfig } from "../../config/config.js";
import { UnbatchError } from "../../core/errors.js";
import type { OpeOptions } from "./options.js";

/** Which column of the log is what, beside those that a replay reads. */
export interface OpeColumns {
  item: string;
  propensity?: string;
  position?: string;
  group?: string;
  user?: string;
  eventId?: string;
  candidates?: string;
}

/** As unbatch.yaml says (or as the model remembers), options before it. Error: no time, label or item column. */
export function columnsOf(
  options: OpeOptions,
  config: Pick<Config, "log"> | undefined,
): { log: LogConfig; columns: OpeColumns } {
  const said = config?.log;
  const time = options.time === undefined ? said?.time : { column: options.time };
  const label = options.label === undefined ? said?.label : { rule: options.label };
  const item = options.item ?? said?.item;
  if (time === undefined) throw missing("time", "the time at which each item was shown");
  if (label === undefined) throw missing("label", "the reward, such as click, or rating >= 8");
  if (item === undefined) throw missing("item", "the id of the item that was shown");
  const optional = {
    propensity: options.propensity ?? said?.propensity,
    position: options.position ?? said?.position,
    group: options.group ?? said?.group,
    user: options.user ?? said?.user,
    eventId: said?.eventId,
    candidates: options.candidatesColumn,
  };
  const named = Object.entries(optional).filter(([, name]) => name !== undefined);
  const log: LogConfig = { maxRejected: 0.01, ...said, time, label };
  return { log, columns: { item, ...Object.fromEntries(named) } };
}

function missing(key: string, what: string): UnbatchError {
  return new UnbatchError({
    found: `no column for ${what}`,
    expected: `log.${key} in unbatch.yaml, or --${key}`,
    next: "look at the log's columns with unbatch inspect",
  });
}
