import type { Config, LogConfig } from "../../config/config.js";
import type { LogDescription, LogSource } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";
import type { Progress } from "../../core/progress.js";
import { formatTime } from "../../core/time.js";
import { openLog } from "../../io/log-source.js";
import type { Observed } from "../../measure/drift/observed.js";
import { logConfigOf } from "../open-inputs.js";
import { type Compared, comparedOf, type Described, keyOf } from "./compared.js";
import { labelsAsObserved, observe } from "./observe.js";
import { type OpenedModel, type ScoredPart, scoreLogs } from "./scored-parts.js";
import { type CutLog, cutLog } from "./windows.js";

/** Two logs, or one cut into windows. */
export type LogsToCompare =
  | { kind: "logs"; reference: readonly string[]; current: readonly string[] }
  | { kind: "windows"; logs: readonly string[]; windowMicros: number };

export interface DriftInputs {
  compared: readonly Compared[];
  parts: Part[];
  notes: string[];
}

/** What is compared with another: a log, or a window of one. */
export interface Part {
  name: string;
  /** By keyOf. */
  observed: ReadonlyMap<string, Observed>;
  scored: ScoredPart | undefined;
}

export interface InputOptions {
  config: Config | undefined;
  model: OpenedModel | undefined;
  maxRows: number;
  progress: Progress;
}

/** Reads all that is to be compared. Errors: see comparedOf, cutLog, scoreParts; longer logs than `maxRows`. */
export async function readInputs(logs: LogsToCompare, options: InputOptions): Promise<DriftInputs> {
  const paths = logs.kind === "logs" ? [logs.reference, logs.current] : [logs.logs];
  const sources = await Promise.all(paths.map((list) => openLog(list)));
  const descriptions = await Promise.all(sources.map((source) => source.describe()));
  for (const { rows } of descriptions) requireAtMost(rows, options.maxRows);
  const described = describedBy(options);
  const compared = comparedOf(described, descriptions);
  const cut = logs.kind === "windows" ? await cutOf(sources, logs.windowMicros, described.log) : undefined;
  const named = cut?.boundsMicros.map(formatTime) ?? ["reference", "current"];
  const observed = await observeAll(sources, descriptions, compared, cut, described.log, options.progress);
  const { scored, notes } =
    options.model === undefined
      ? { scored: undefined, notes: [] }
      : await scoreLogs(sources, options.model, {
          log: logConfigOf(options.config, options.model.record, options.model.path),
          boundsMicros: cut?.boundsMicros ?? [0],
          maxRows: options.maxRows,
          progress: options.progress,
        });
  return {
    compared,
    parts: named.map((name, part) => ({
      name,
      observed: new Map(
        [...observed].flatMap(([key, list]) => {
          const one = list[part];
          return one === undefined ? [] : [[key, one] as const];
        }),
      ),
      scored: scored?.[part],
    })),
    notes: [...timeNotes(cut), ...notes],
  };
}

/** Columns and features as unbatch.yaml says, else as the model remembers. */
function describedBy({ config, model }: InputOptions): Described {
  if (config !== undefined) return config;
  if (model === undefined) return { log: undefined, features: [] };
  return { log: logConfigOf(config, model.record, model.path), features: model.model.spec.features };
}

async function cutOf(
  sources: readonly LogSource[],
  windowMicros: number,
  log: LogConfig | undefined,
): Promise<CutLog | undefined> {
  const [source] = sources;
  if (source === undefined) return undefined;
  if (log !== undefined) return cutLog(source, log, windowMicros);
  throw new UnbatchError({
    found: "--window, and nothing that says which column is the time",
    expected: "log.time in unbatch.yaml",
    next: "unbatch init CHECKPOINT LOGS… proposes one; --config names another",
  });
}

/** By key, one of each part. */
async function observeAll(
  sources: readonly LogSource[],
  descriptions: readonly LogDescription[],
  compared: readonly Compared[],
  cut: CutLog | undefined,
  log: LogConfig | undefined,
  progress: Progress,
): Promise<Map<string, Observed[]>> {
  progress.start(
    descriptions.reduce((sum, { rows }) => sum + rows, 0),
    "rows read",
  );
  const all = new Map<string, Observed[]>();
  for (const source of sources) {
    const part =
      cut === undefined ? { parts: 1 } : { parts: cut.boundsMicros.length, partOfRow: cut.partOfRow };
    const read = await observe(source, compared, { log, progress, ...part });
    for (const [key, list] of read) all.set(key, [...(all.get(key) ?? []), ...list]);
  }
  progress.finish();
  for (const one of compared) {
    const list = all.get(keyOf(one));
    if (one.role === "label" && list !== undefined) all.set(keyOf(one), labelsAsObserved(list));
  }
  return all;
}

function timeNotes(cut: CutLog | undefined): string[] {
  if (cut === undefined) return [];
  const { timeUnit, rowsWithoutTime } = cut;
  return [
    `times are in ${timeUnit}; windows begin at 00:00 UTC of the first event's day, and the last may be cut short`,
    ...(rowsWithoutTime > 0 ? [`${rowsWithoutTime} rows without a usable time are in no window`] : []),
  ];
}

function requireAtMost(rows: number, maxRows: number): void {
  if (rows <= maxRows) return;
  throw new UnbatchError({
    found: `${rows} rows`,
    expected: `at most ${maxRows}: numbers are sorted in memory`,
    next: "give fewer days, or raise --max-rows if there is memory",
  });
}
