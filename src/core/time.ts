/** Times are microseconds since the epoch in a double: exact until the year 2255. */
export const SECOND_MICROS = 1e6;
export const HOUR_MICROS: number = 3600 * SECOND_MICROS;
export const DAY_MICROS: number = 24 * HOUR_MICROS;

const UNIT_MICROS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1e3,
  s: SECOND_MICROS,
  m: 60 * SECOND_MICROS,
  h: HOUR_MICROS,
  d: DAY_MICROS,
  w: 7 * DAY_MICROS,
};

/** `90s`, `15m`, `4h`, `28d`, `1w`, `250ms` -> microseconds; undefined when it is none of these. */
export function parseDurationMicros(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w)$/.exec(text.trim());
  const unit = UNIT_MICROS[match?.[2] ?? ""];
  if (match === null || unit === undefined) return undefined;
  return Math.round(Number(match[1]) * unit);
}

/** `2013-04-29`, `2013-04-29T06:00:00Z` (UTC when no zone is given) -> microseconds; undefined when it is neither. */
export function parseTimeMicros(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(trimmed))
    return undefined;
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(trimmed.slice(10));
  const fraction = /\.(\d+)/.exec(trimmed)?.[1] ?? "";
  const whole = trimmed.replace(/\.\d+/, "").replace(" ", "T");
  const millis = Date.parse(hasZone || whole.length === 10 ? whole : `${whole}Z`);
  if (Number.isNaN(millis)) return undefined;
  return millis * 1e3 + Math.trunc(Number(`0.${fraction || 0}`) * 1e6);
}

/** ISO 8601 in UTC, to the second, or finer only where needed. */
export function formatTime(micros: number): string {
  const text = new Date(Math.floor(micros / 1e3)).toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, -5)}Z` : text;
}

export function startOfDay(micros: number): number {
  return Math.floor(micros / DAY_MICROS) * DAY_MICROS;
}
