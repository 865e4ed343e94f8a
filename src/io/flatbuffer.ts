/**
 * Reads of a FlatBuffer (the encoding of Arrow's metadata). Positions are of bytes in the view, which throws RangeError
 * beyond its end; counts are held to what is there, so that a damaged one neither loops nor fills the memory.
 */

/** Where the root table stands. */
export function rootOf(view: DataView): number {
  return pointer(view, 0);
}

/** Where a field's value stands; undefined where the table leaves it out. */
export function fieldAt(view: DataView, table: number, slot: number): number | undefined {
  const vtable = table - view.getInt32(table, true);
  if (4 + 2 * slot >= view.getUint16(vtable, true)) return undefined;
  const offset = view.getUint16(vtable + 4 + 2 * slot, true);
  return offset === 0 ? undefined : table + offset;
}

/** The table that a field leads to. */
export function tableAt(view: DataView, table: number, slot: number): number | undefined {
  const at = fieldAt(view, table, slot);
  return at === undefined ? undefined : pointer(view, at);
}

/** Where each element of a vector stands; none where the field is left out. */
export function elementsAt(view: DataView, table: number, slot: number, elementBytes: number): number[] {
  const start = tableAt(view, table, slot);
  if (start === undefined) return [];
  const count = view.getUint32(start, true);
  if (count * elementBytes > view.byteLength - start - 4)
    throw new RangeError(`a vector of ${count} in the metadata`);
  return Array.from({ length: count }, (_, index) => start + 4 + index * elementBytes);
}

export function tablesAt(view: DataView, table: number, slot: number): number[] {
  return elementsAt(view, table, slot, 4).map((at) => pointer(view, at));
}

export function textAt(view: DataView, table: number, slot: number): string {
  const bytes = elementsAt(view, table, slot, 1).map((at) => view.getUint8(at));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
}

export function int64At(view: DataView, at: number): number {
  return Number(view.getBigInt64(at, true));
}

function pointer(view: DataView, at: number): number {
  return at + view.getUint32(at, true);
}
