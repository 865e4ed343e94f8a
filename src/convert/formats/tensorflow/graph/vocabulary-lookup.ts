import { columnOf, type Encoding, missingText, type Stuck, stuckAt } from "./column.js";
import { numbersOf } from "./evaluate.js";
import type { TableContents } from "./lookup-tables.js";
import { originOf } from "./origin.js";
import type { Place } from "./places.js";
import type { Tracing } from "./tracing.js";

/** A lookup in a table. `buckets`: the sum of a hash and the vocabulary's size. */
export function looked(
  { places, tables, vocabularies }: Tracing,
  find: Place,
  buckets: Place | undefined,
): Encoding | Stuck {
  const column = columnOf(places, places.input(find, 1));
  if ("stuck" in column) return column;
  const contents = tables.contents(places.input(find, 0));
  const ids = contents === undefined ? undefined : idsOf(contents, find, vocabularies);
  if (ids === undefined) return { stuck: `a lookup table whose contents are not known (${find.node.name})` };
  const base = { kind: "vocabulary", ...ids, ...missingText(column) } as const;
  if (buckets === undefined) {
    const [row] = numbersOf(places, places.input(find, 2)) ?? [];
    if (row === undefined) return stuckAt(find);
    // A row of -1 is looked up in no table: nothing is added to the score.
    return { column: column.name, encoder: { ...base, unknown: row < 0 ? "grow" : { row } } };
  }
  const parts = [0, 1].map((index) => originOf(places, places.input(buckets, index))?.place);
  const hash = parts.find((part) => part?.node.op === "StringToHashBucketFast");
  const size = parts.find((part) => /^LookupTableSize/.test(part?.node.op ?? ""));
  const hashedColumn = hash === undefined ? undefined : columnOf(places, places.input(hash, 0));
  if (hash === undefined || size === undefined || hashedColumn === undefined) return stuckAt(buckets);
  if ("stuck" in hashedColumn || hashedColumn.name !== column.name) return stuckAt(hash);
  const count = hash.node.attribute("num_buckets").integer ?? 0;
  return { column: column.name, encoder: { ...base, unknown: { buckets: count, function: "farmhash64" } } };
}

/** An asset goes by its file; keys and values of the graph become a vocabulary of the checkpoint. */
function idsOf(
  contents: TableContents,
  find: Place,
  vocabularies: Tracing["vocabularies"],
): { file: string } | { key: string } | undefined {
  if (contents.kind === "asset") {
    const size = vocabularies.get(contents.file)?.size;
    const isWhole = contents.limit === -1 || contents.limit === size;
    return size !== undefined && isWhole ? { file: contents.file } : undefined;
  }
  const ids = contents.keys.dtype === "string" ? contents.keys.texts : contents.keys.numbers.map(String);
  const rows = new Map(ids.map((id, at) => [id, contents.values.numbers[at] ?? Number.NaN]));
  if (rows.size !== ids.length) return undefined;
  vocabularies.set(find.node.name, rows);
  return { key: find.node.name };
}
