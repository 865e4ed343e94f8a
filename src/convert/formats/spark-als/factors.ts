import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import { malformed } from "../malformed.js";

/** An id and a vector take more bytes than this; whoever claims more rows claims what is not there. */
const MAX_ROWS_A_BYTE = 1;
/** Floats that were learned hardly compress. */
const MAX_GROWTH = 100;
const SLACK_BYTES = 1 << 16;

export interface Factors {
  /** id -> row. */
  rows: Map<string, number>;
  vectors: Float32Array;
}

/**
 * The parts of a factor table in their order: `id` int, `features` a list of `rank` floats.
 * Errors: what is no Parquet file, a vector of another length, an id twice.
 */
export async function readFactors(parts: readonly ByteSource[], rank: number): Promise<Factors> {
  const rows = new Map<string, number>();
  const vectors: number[][] = [];
  for (const part of parts) {
    for (const { id, features } of await rowsOf(part)) {
      const key = String(id);
      const isVector = Array.isArray(features) && features.length === rank && features.every(Number.isFinite);
      if (!isVector || (typeof id !== "number" && typeof id !== "bigint"))
        throw malformed(part.name, 0, `the vector of ${key.slice(0, 40)}`, `${rank} finite numbers`);
      if (rows.has(key)) throw malformed(part.name, 0, `the id ${key} twice`, "each id once");
      rows.set(key, vectors.length);
      vectors.push(features.map(Number));
    }
  }
  const flat = new Float32Array(vectors.length * rank);
  vectors.forEach((vector, row) => {
    flat.set(vector, row * rank);
  });
  return { rows, vectors: flat };
}

async function rowsOf(source: ByteSource): Promise<Record<string, unknown>[]> {
  const [{ parquetMetadata, parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const bytes = Uint8Array.from(source.read(0, source.size));
  const bounded = Object.fromEntries(
    Object.entries(compressors).map(([codec, inflate]) => [
      codec,
      (input: Uint8Array, length: number): Uint8Array => {
        if (length > input.length * MAX_GROWTH + SLACK_BYTES)
          throw malformed(
            source.name,
            0,
            `a page that grows to ${length} bytes`,
            `at most ${MAX_GROWTH} times`,
          );
        return inflate(input, length);
      },
    ]),
  );
  try {
    const metadata = parquetMetadata(bytes.buffer);
    if (Number(metadata.num_rows) > source.size * MAX_ROWS_A_BYTE)
      throw malformed(source.name, 0, `${metadata.num_rows} rows`, `what ${source.size} bytes hold`);
    return await parquetReadObjects({
      file: bytes.buffer,
      metadata,
      columns: ["id", "features"],
      compressors: bounded,
    });
  } catch (error) {
    if (error instanceof UnbatchError) throw error;
    // Whatever the decoder throws over a damaged page is the file's fault.
    const words = error instanceof Error ? error.message : String(error);
    throw malformed(
      source.name,
      0,
      `Parquet: ${words.slice(0, 200)}`,
      "a whole Parquet file of id and features",
    );
  }
}
