import type { FileTree } from "../../../core/bytes.js";
import type { Column, ListColumn, LogDescription } from "../../../core/column.js";
import { malformed } from "../malformed.js";

export interface Factors {
  /** id -> row. */
  rows: Map<string, number>;
  vectors: Float32Array;
}

/**
 * The parts of a factor table in their order: `id` int, `features` a list of `rank` floats.
 * Errors: what is no Parquet file of these, a vector of another length, an id twice.
 */
export async function readFactors(tree: FileTree, parts: readonly string[], rank: number): Promise<Factors> {
  const log = await tree.openParquet(parts);
  const description = await log.describe();
  checkTypes(description);
  const rows = new Map<string, number>();
  const blocks: Float32Array[] = [];
  for await (const { file, columns, lists, rows: count } of log.read(["id", "features"])) {
    const where = description.files[file]?.path ?? "";
    const [ids, features] = [columns.get("id"), lists.get("features")];
    for (let row = 0; row < count; row++) {
      const id = idAt(ids, row);
      if (id === undefined) throw malformed(where, 0, "a vector without an id", "an id each");
      if (!isVector(features, row, rank))
        throw malformed(where, 0, `the vector of ${id}`, `${rank} finite numbers`);
      if (rows.has(id)) throw malformed(where, 0, `the id ${id} twice`, "each id once");
      rows.set(id, rows.size);
    }
    if (features?.values.kind === "number") blocks.push(Float32Array.from(features.values.values));
  }
  const vectors = new Float32Array(rows.size * rank);
  let at = 0;
  for (const block of blocks) {
    vectors.set(block, at);
    at += block.length;
  }
  return { rows, vectors };
}

function checkTypes({ columns, files }: LogDescription): void {
  const typeOf = (column: string): string => columns.find(({ name }) => name === column)?.type ?? "missing";
  const [id, features] = [typeOf("id"), typeOf("features")];
  if (id === "integer" && features === "list of float") return;
  throw malformed(files[0]?.path ?? "", 0, `id ${id}, features ${features}`, "integers and lists of floats");
}

/** Integers beyond 2^53 come as text. */
function idAt(ids: Column | undefined, row: number): string | undefined {
  if (ids?.kind === "text") return ids.distinct[ids.codes[row] ?? -1];
  return ids === undefined || ids.nulls?.[row] === 1 ? undefined : String(ids.values[row]);
}

function isVector(features: ListColumn | undefined, row: number, rank: number): boolean {
  if (features?.values.kind !== "number" || features.nulls?.[row] === 1) return false;
  const [from = 0, to = 0] = features.offsets.subarray(row, row + 2);
  return to - from === rank && features.values.values.subarray(from, to).every(Number.isFinite);
}
