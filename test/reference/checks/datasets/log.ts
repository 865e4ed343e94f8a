import { createHash } from "node:crypto";
import { formatTime } from "../../../../src/core/time.js";
import type { Tally } from "../../tally.js";
import type { Codes, RatingLog } from "./movie-tweetings.js";

/** Where the source came from, in words. */
const PROVENANCE = ["repository", "commit", "path", "format"];

const facts: Readonly<Record<string, (log: RatingLog, expected: unknown) => unknown>> = {
  bytes: ({ source }) => source.bytes,
  sha256: ({ source }) => source.sha256,
  rows: ({ order }) => order.length,
  users: ({ users }) => users.ids.length,
  items: ({ items }) => items.ids.length,
  min_timestamp: ({ seconds, order }) => seconds[order[0] ?? 0],
  max_timestamp: ({ seconds, order }) => seconds[order[order.length - 1] ?? 0],
  min_time_utc: ({ seconds, order }) => formatTime((seconds[order[0] ?? 0] ?? 0) * 1e6),
  max_time_utc: ({ seconds, order }) => formatTime((seconds[order[order.length - 1] ?? 0] ?? 0) * 1e6),
  distinct_timestamps: ({ seconds }) => new Set(seconds).size,
  rows_sharing_a_timestamp_with_an_earlier_row: ({ seconds }) => seconds.length - new Set(seconds).size,
  rating_counts: ratingCounts,
  max_user_rows: ({ users }) => mostRows(users),
  max_item_rows: ({ items }) => mostRows(items),
  first_events_row_numbers: ({ order }, expected) => [...order.subarray(0, lengthOf(expected))],
  last_events_row_numbers: ({ order }, expected) => [...order.subarray(order.length - lengthOf(expected))],
  order_sha256: ({ order }) => createHash("sha256").update(order.join(",")).digest("hex"),
  first_event: (log) => eventOf(log, log.order[0] ?? 0),
  last_event: (log) => eventOf(log, log.order[log.order.length - 1] ?? 0),
};

/** The total order and the counts: exact. An entry that nothing here computes is out. */
export function checkOrderAndCounts(tally: Tally, expected: Record<string, unknown>, log: RatingLog): void {
  for (const [key, value] of Object.entries(expected)) {
    if (PROVENANCE.includes(key)) continue;
    const fact = facts[key];
    tally.same(key, fact === undefined ? "no implementation" : fact(log, value), value);
  }
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

function ratingCounts({ ratings }: RatingLog): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const rating of ratings) counts[rating] = (counts[rating] ?? 0) + 1;
  return counts;
}

function mostRows({ ids, codes }: Codes): number {
  const counts = new Uint32Array(ids.length);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

function eventOf({ users, items, ratings, seconds }: RatingLog, row: number): (number | undefined)[] {
  const idOf = ({ ids, codes }: Codes): number | undefined => ids[codes[row] ?? 0];
  return [idOf(users), idOf(items), ratings[row], seconds[row]];
}
