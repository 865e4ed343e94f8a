import { bytesInMemory } from "../../core/bytes.js";
import { UnbatchError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import type { VocabularyCodec } from "../../core/vocabulary.js";
import type { FeatureColumn } from "../batch.js";
import { decodeSafetensors, encodeSafetensors } from "../safetensors.js";
import type { DrawState } from "./draw-state.js";

/** In the folder of a model that learned from positives alone. */
export const DRAW_FILES = {
  state: "draws/state.safetensors",
  users: "draws/users.arrow",
  items: "draws/items.arrow",
} as const;

/** Numbers as float64, which holds each of them. */
export function encodeDraws(draws: DrawState, codec: VocabularyCodec): Map<string, Uint8Array> {
  const { known, counts, had, seed } = draws;
  const tensors = new Map<string, Tensor>();
  const put = (name: string, values: Float64Array | Int32Array): void => {
    tensors.set(name, {
      ...{ name, shape: [values.length], dtype: "float64" },
      values: () => Float64Array.from(values),
    });
  };
  put("known", known);
  put("counts", counts);
  put("had", had);
  put("seed", Float64Array.of(seed));
  for (const [name, column] of draws.features)
    for (const [part, values] of Object.entries(partsOf(column))) put(`${part}/${name}`, values);
  const idsOf = (ids: readonly string[]): Uint8Array =>
    codec.encode({ ids, rows: Int32Array.from(ids.keys()), counts: new Float64Array(ids.length) });
  return new Map([
    [DRAW_FILES.state, encodeSafetensors(tensors)],
    [DRAW_FILES.users, idsOf(draws.users)],
    [DRAW_FILES.items, idsOf(draws.items)],
  ]);
}

function partsOf(column: FeatureColumn): Record<string, Float64Array | Int32Array> {
  if (column.kind === "values") return { values: column.values };
  if (column.kind === "rows") return { codes: column.codes };
  const { offsets, codes, weights } = column;
  return { offsets, "bag codes": codes, ...(weights === undefined ? {} : { weights }) };
}

/**
 * @param itemFeatures that the model draws with an item.
 * Errors: a file that is none of ours, or numbers that do not fit each other.
 */
export function decodeDraws(
  read: (name: string) => Uint8Array,
  codec: VocabularyCodec,
  itemFeatures: readonly string[],
  where: string,
): DrawState {
  const path = `${where}/${DRAW_FILES.state}`;
  const tensors = decodeSafetensors(bytesInMemory(path, read(DRAW_FILES.state)), path);
  const found = (name: string): Float64Array | undefined => {
    const tensor = tensors.get(name);
    return tensor && Float64Array.from(tensor.values(), Number);
  };
  const need = (name: string): Float64Array => {
    const values = found(name);
    if (values === undefined) throw damaged(path, `no ${name}`);
    return values;
  };
  const idsOf = (name: string): readonly string[] => codec.decode(read(name), `${where}/${name}`).ids;
  const draws: DrawState = {
    users: idsOf(DRAW_FILES.users),
    items: idsOf(DRAW_FILES.items),
    known: Int32Array.from(need("known")),
    counts: need("counts"),
    had: Int32Array.from(need("had")),
    seed: need("seed")[0] ?? 0,
    features: new Map(itemFeatures.map((name) => [name, columnOf(name, found, need)])),
  };
  const problem = problemOf(draws);
  if (problem !== undefined) throw damaged(path, problem);
  return draws;
}

function columnOf(
  name: string,
  found: (part: string) => Float64Array | undefined,
  need: (part: string) => Float64Array,
): FeatureColumn {
  const values = found(`values/${name}`);
  if (values !== undefined) return { kind: "values", values };
  const codes = found(`codes/${name}`);
  if (codes !== undefined) return { kind: "rows", codes: Int32Array.from(codes) };
  const weights = found(`weights/${name}`);
  return {
    kind: "bags",
    offsets: Int32Array.from(need(`offsets/${name}`)),
    codes: Int32Array.from(need(`bag codes/${name}`)),
    ...(weights === undefined ? {} : { weights }),
  };
}

function problemOf({ users, items, known, counts, had, features }: DrawState): string | undefined {
  if (counts.length !== known.length) return `${known.length} known items and ${counts.length} counts`;
  if (!known.every((item) => item >= 0 && item < items.length)) return "a known item that has no id";
  if (!counts.every((count) => Number.isInteger(count) && count > 0)) return "a count that is none";
  const isPair = (number: number, at: number): boolean =>
    number >= 0 && number < (at % 2 === 0 ? users : items).length;
  if (had.length % 2 === 1 || !had.every(isPair)) return "a pair of a user and an item without ids";
  for (const [name, column] of features) {
    const rows = rowsOf(column);
    if (rows !== known.length) return `${rows} values of ${name} for ${known.length} known items`;
  }
  return undefined;
}

function rowsOf(column: FeatureColumn): number {
  if (column.kind === "values") return column.values.length;
  return column.kind === "rows" ? column.codes.length : column.offsets.length - 1;
}

function damaged(where: string, found: string): UnbatchError {
  const next = "restore the folder, or go on from a model before it";
  return new UnbatchError({ where, found, expected: "the draws that a replay wrote", next });
}
