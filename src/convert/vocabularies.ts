import type { Config } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import { nearestName } from "../core/nearest.js";
import type { VocabularyRows } from "./bound.js";
import type { Checkpoint } from "./checkpoint.js";

/** Reads a vocabulary file that unbatch.yaml names; `key` picks one of several inside. */
export type ReadVocabulary = (file: string, key: string | undefined) => Promise<VocabularyRows>;

/**
 * id -> row of every feature with a vocabulary encoder: from its file, or from a map inside the checkpoint.
 * Errors: neither is named, no such map, an id with a row that is no row number.
 */
export async function vocabulariesOf(
  config: Config,
  checkpoint: Checkpoint,
  readFile: ReadVocabulary,
): Promise<Map<string, VocabularyRows>> {
  const vocabularies = new Map<string, VocabularyRows>();
  for (const { name, encoder } of config.features) {
    if (encoder.kind !== "vocabulary") continue;
    const { file, key } = encoder;
    const rows = file === undefined ? insideCheckpoint(checkpoint, name, key) : await readFile(file, key);
    for (const [id, row] of rows)
      if (!Number.isInteger(row) || row < 0 || row >= 2 ** 31) throw notARow(name, id, row);
    vocabularies.set(name, rows);
  }
  return vocabularies;
}

function insideCheckpoint(
  { vocabularies, notes }: Checkpoint,
  feature: string,
  key: string | undefined,
): VocabularyRows {
  const rows = key === undefined ? undefined : vocabularies.get(key);
  if (rows !== undefined) return rows;
  const keys = [...vocabularies.keys()];
  const nearest = key === undefined ? undefined : nearestName(key, keys);
  const note = notes.find((one) => one.startsWith(`${key}: `));
  throw new UnbatchError({
    where: `features: ${feature} of unbatch.yaml`,
    found:
      key === undefined
        ? "a vocabulary with neither file nor key"
        : (note ?? `no map ${JSON.stringify(key)} in the checkpoint`),
    expected:
      keys.length === 0
        ? "file: the vocabulary that the model was trained with (the checkpoint holds no id -> row map)"
        : `key: one of ${keys.join(", ")}${nearest === undefined ? "" : ` (perhaps ${nearest})`}; or file: a vocabulary file`,
    next: `set encoder.${keys.length === 0 ? "file" : "key"} of feature ${feature}`,
  });
}

function notARow(feature: string, id: string, row: number): UnbatchError {
  return new UnbatchError({
    where: `vocabulary of feature ${feature}`,
    found: `row ${row} for id ${JSON.stringify(id)}`,
    expected: "a row number: a whole number from 0",
    next: "check encoder.file and encoder.key in unbatch.yaml",
  });
}
