import type { LogConfig } from "../../config/config.js";
import type { LogSource } from "../../core/column.js";
import type { ModelSpec } from "../../core/model-spec.js";
import type { Progress } from "../../core/progress.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import { type IdColumn, Ids, type LoggedEvents } from "../../measure/ope/events.js";
import { type EventLog, readEvents } from "../../replay/events.js";
import type { OpeColumns } from "./columns.js";
import { readRawColumns } from "./raw-columns.js";

/** A model that reads nothing: what a log is read for when the policy is a table. */
export const noModel: ModelSpec = {
  family: "none",
  features: [],
  terms: [],
  learner: { link: "squared", optimizers: {}, batchSize: 1, precision: "float64", seed: 1 },
  newRows: {},
};

export interface ReadOpeLog {
  log: LogConfig;
  columns: OpeColumns;
  spec: ModelSpec;
  vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Numbers of items: the policy's and the candidates' are added to those of the log. */
  items: Ids;
  withEventIds: boolean;
  maxRows: number;
  progress: Progress;
}

export interface OpeLog {
  events: LoggedEvents;
  /** Texts of the candidates' column, where there is one. */
  candidates: IdColumn | undefined;
  /** Where the policy has a list for each event. */
  eventIds: IdColumn | undefined;
  /** The same events as a model reads them. */
  replayLog: EventLog;
}

/** Times, rewards and features as every command reads them, and the columns of items, positions, users and propensities. */
export async function readOpeLog(source: LogSource, options: ReadOpeLog): Promise<OpeLog> {
  const { columns, items, log } = options;
  const replayLog = await readEvents(source, { ...options, labels: "required" });
  const description = await source.describe();
  const ids = new Map<string, Ids>([[columns.item, items]]);
  const eventId = options.withEventIds ? columns.eventId : undefined;
  for (const name of [columns.position, columns.user, columns.group, columns.candidates, eventId]) {
    if (name !== undefined && !ids.has(name)) ids.set(name, new Ids());
  }
  const numbers = columns.propensity === undefined ? [] : [columns.propensity];
  const raw = await readRawColumns(source, description, ids, numbers);

  const { file, rowGroup, row } = replayLog.origin;
  const startOfFile = new Float64Array(description.files.length);
  for (let at = 1; at < startOfFile.length; at++)
    startOfFile[at] = (startOfFile[at - 1] ?? 0) + (description.files[at - 1]?.rows ?? 0);
  const readAt = Float64Array.from(row, (inFile, event) => (startOfFile[file[event] ?? 0] ?? 0) + inFile);
  const where = (event: number): string =>
    `${description.files[file[event] ?? 0]?.path}, row group ${rowGroup[event]}, row ${row[event]}`;
  const idsOf = (name: string | undefined): IdColumn | undefined => {
    const column = name === undefined ? undefined : raw.ids.get(name);
    if (column === undefined) return undefined;
    return { ids: column.ids, codes: Int32Array.from(readAt, (at) => column.codes[at] ?? -1) };
  };
  const item = idsOf(columns.item) ?? { ids: [], codes: new Int32Array(0) };
  rejectWithoutItem(replayLog, item, log.maxRejected);

  const { events } = replayLog;
  const propensity = columns.propensity === undefined ? undefined : raw.numbers.get(columns.propensity);
  const optional = {
    rowWeights: events.weight,
    propensities: propensity && Float64Array.from(readAt, (at) => propensity[at] ?? Number.NaN),
    position: idsOf(columns.position),
    user: idsOf(columns.user),
    group: idsOf(columns.group),
  };
  return {
    events: {
      rows: events.rows,
      shownAtMicros: events.shownAtMicros,
      knownAtMicros: events.knownAtMicros,
      rewards: events.label,
      ...withoutUndefined(optional),
      item,
      where,
    },
    candidates: idsOf(columns.candidates),
    eventIds: idsOf(eventId),
    replayLog,
  };
}

/** A row without an item cannot be used: counted, and too many are an error (exit 3). */
function rejectWithoutItem(
  { origin, description, rejected, rowsRead }: EventLog,
  item: IdColumn,
  share: number,
): void {
  item.codes.forEach((code, event) => {
    if (code >= 0) return;
    const file = description.files[origin.file[event] ?? 0]?.path ?? "";
    const first = { file, rowGroup: origin.rowGroup[event] ?? 0, row: origin.row[event] ?? 0 };
    rejected.addAll([{ reason: "id-missing", rows: 1, first }]);
  });
  rejected.check(rowsRead, share);
}

function withoutUndefined<Given extends object>(
  given: Given,
): { [Key in keyof Given]?: NonNullable<Given[Key]> } {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [Key in keyof Given]?: NonNullable<Given[Key]> };
}
