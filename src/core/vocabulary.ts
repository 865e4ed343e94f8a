import type { PackedTexts } from "./text-list.js";

/** id -> row of a table, explicit, with how often each was learned: the reverse lookup that hashing loses. */
export interface Vocabulary {
  readonly ids: readonly string[];
  /** The same as bytes, where they never were strings. */
  readonly packed?: PackedTexts;
  /** rows[i] is the table row of ids[i]; rows need not be dense or start at 0. */
  rows: Int32Array;
  /** Events learned per id; 0 where unknown (a checkpoint does not say). */
  counts: Float64Array;
}

/** Reads and writes `vocab/<feature>.arrow`. */
export interface VocabularyCodec {
  encode(vocabulary: Vocabulary): Uint8Array;
  decode(bytes: Uint8Array, where: string): Vocabulary;
}
