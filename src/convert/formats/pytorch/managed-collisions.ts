import { UnbatchError } from "../../../core/errors.js";
import type { Tensor } from "../../../core/tensor.js";
import { distinctIds } from "../distinct-ids.js";

const MAPPING = "_mch_remapped_ids_mapping";
const RAW_IDS = /^(.*?)\.?_mch_sorted_raw_ids$/;
/** What TorchRec fills rows with that no id has yet. */
const NO_ID = String(2n ** 63n - 1n);

export interface ManagedCollisions {
  /** Without the buffers. */
  tensors: Map<string, Tensor>;
  vocabularies: Map<string, ReadonlyMap<string, number>>;
  notes: string[];
}

/**
 * TorchRec's managed-collision buffers (torchrec/modules/mc_modules.py): `_mch_sorted_raw_ids` and, position by
 * position, `_mch_remapped_ids_mapping` are the id -> row map of a table. Error: the two of different lengths.
 */
export function takeManagedCollisions(all: ReadonlyMap<string, Tensor>, file: string): ManagedCollisions {
  const result: ManagedCollisions = { tensors: new Map(), vocabularies: new Map(), notes: [] };
  for (const [name, tensor] of all) {
    const module = RAW_IDS.exec(name)?.[1];
    if (module !== undefined) {
      const rows = all.get(name.replace("_mch_sorted_raw_ids", MAPPING));
      result.vocabularies.set(module.replace(/^.*\./, ""), idsOf(tensor, rows, file));
    } else if (/(^|\.)_mch_\w+$/.test(name)) {
      if (name.endsWith(MAPPING)) continue;
      result.notes.push(`${name}: a managed-collision buffer, left alone`);
    } else {
      result.tensors.set(name, tensor);
    }
  }
  return result;
}

function idsOf(raw: Tensor, rows: Tensor | undefined, file: string): ReadonlyMap<string, number> {
  const ids = raw.values();
  const mapped = rows?.values();
  if (mapped !== undefined && mapped.length !== ids.length) {
    throw new UnbatchError({
      where: `${file}, ${raw.name}`,
      found: `${ids.length} ids and ${mapped.length} rows`,
      expected: "a row for each id",
      next: "save the whole state_dict of the managed-collision module",
    });
  }
  const entries = Array.from({ length: ids.length }, (_, position): [string, number] => [
    String(ids[position]),
    Number(mapped?.[position] ?? position),
  ]);
  const map = distinctIds(entries.filter(([id]) => id !== NO_ID));
  if (typeof map !== "string") return map;
  throw new UnbatchError({
    where: `${file}, ${raw.name}`,
    found: `the id ${map}`,
    expected: "each id once",
    next: "save the state_dict after the module has sorted its ids",
  });
}
