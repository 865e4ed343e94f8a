import type { Tally } from "../../tally.js";
import type { ObdLog } from "./log.js";

interface Row {
  timestamp: string;
  item_id: number;
  position: number;
  click: number;
  propensity_score: number;
}

export interface LogFacts {
  file: string;
  bytes: number;
  sha256: string;
  rows: number;
  n_items: number;
  clicks: number;
  ctr: number;
  first_timestamp: string;
  last_timestamp: string;
  sorted_by_timestamp: boolean;
  pscore: { min: number; max: number; mean: number };
  per_day: [string, number, number, number][];
  per_position: [number, number, number, number][];
  rows_per_item: number[];
  clicks_per_item: number[];
  first_row: Row;
  last_row: Row;
}

export function checkFacts(tally: Tally, where: string, log: ObdLog, expected: LogFacts): void {
  const { timeMicros, item, position, click, propensity } = log;
  const rows = click.length;
  tally.same(`${where}: file`, [log.bytes, log.sha256], [expected.bytes, expected.sha256]);
  tally.same(`${where}: rows`, rows, expected.rows);
  tally.same(`${where}: items`, new Set(item).size, expected.n_items);
  tally.same(`${where}: clicks`, sum(click), expected.clicks);
  tally.near(`${where}: ctr`, sum(click) / rows, expected.ctr);
  tally.same(`${where}: first time`, timeText(timeMicros[0]), expected.first_timestamp);
  tally.same(`${where}: last time`, timeText(timeMicros[rows - 1]), expected.last_timestamp);
  const isSorted = timeMicros.every((time, row) => row === 0 || time >= (timeMicros[row - 1] ?? 0));
  tally.same(`${where}: sorted`, isSorted, expected.sorted_by_timestamp);
  tally.near(
    `${where}: least propensity`,
    propensity.reduce((a, b) => Math.min(a, b)),
    expected.pscore.min,
  );
  tally.near(
    `${where}: largest propensity`,
    propensity.reduce((a, b) => Math.max(a, b)),
    expected.pscore.max,
  );
  tally.near(`${where}: mean propensity`, sum(propensity) / rows, expected.pscore.mean);

  const days = Array.from(timeMicros, (time) => timeText(time).slice(0, 10));
  checkGroups(tally, `${where}: day`, days, click, expected.per_day);
  checkGroups(tally, `${where}: position`, Array.from(position), click, expected.per_position);
  tally.same(`${where}: rows per item`, counts(item, click, false), expected.rows_per_item);
  tally.same(`${where}: clicks per item`, counts(item, click, true), expected.clicks_per_item);
  for (const [at, row] of [
    [0, expected.first_row],
    [rows - 1, expected.last_row],
  ] as const) {
    tally.same(`${where}: row ${at} time`, timeText(timeMicros[at]), row.timestamp);
    tally.same(
      `${where}: row ${at}`,
      [item[at], position[at], click[at]],
      [row.item_id, row.position, row.click],
    );
    tally.near(`${where}: row ${at} propensity`, propensity[at], row.propensity_score);
  }
}

/** [key, rows, clicks, ctr] in order of the key. */
function checkGroups(
  tally: Tally,
  where: string,
  keys: readonly (string | number)[],
  click: Float64Array,
  expected: readonly (readonly [string | number, number, number, number])[],
): void {
  const groups = new Map<string | number, { rows: number; clicks: number }>();
  for (const [row, key] of keys.entries()) {
    const group = groups.get(key) ?? { rows: 0, clicks: 0 };
    groups.set(key, { rows: group.rows + 1, clicks: group.clicks + (click[row] ?? 0) });
  }
  const found = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  tally.same(`${where}s`, found.length, expected.length);
  for (const [at, [key, rows, clicks, ctr]] of expected.entries()) {
    const [name, group] = found[at] ?? ["none", { rows: 0, clicks: 0 }];
    tally.same(`${where} ${key}`, [name, group.rows, group.clicks], [key, rows, clicks]);
    tally.near(`${where} ${key} ctr`, group.clicks / group.rows, ctr);
  }
}

function counts(item: Float64Array, click: Float64Array, clicked: boolean): number[] {
  const found: number[] = [];
  item.forEach((id, row) => {
    while (found.length <= id) found.push(0);
    found[id] = (found[id] ?? 0) + (clicked ? (click[row] ?? 0) : 1);
  });
  return found;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As the reference writes times: UTC to the microsecond. */
function timeText(micros: number | undefined): string {
  if (micros === undefined) return "none";
  const second = new Date(Math.floor(micros / 1e6) * 1e3).toISOString().slice(0, 19).replace("T", " ");
  return `${second}.${String(micros % 1e6).padStart(6, "0")}+00:00`;
}
