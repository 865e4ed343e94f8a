/** One number of an array whose values are followed, but not computed. */
export type Cell =
  | number
  /** Component `at` of a vector. */
  | { vector: string; at: number }
  /** The inner product of two. */
  | { left: string; right: string };

/** Row-major. */
export interface Cells {
  shape: readonly number[];
  cells: readonly Cell[];
}

/** More than the interactions of any model have. */
const MAX_CELLS = 1_000_000;

/** What cannot be followed: the caller goes on without. */
export class NotFollowed extends Error {}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An array of a shape, each of its cells by its index. Error: NotFollowed where there are too many, or one is nowhere. */
export function cellsOf(
  shape: readonly number[],
  cellAt: (index: readonly number[]) => Cell | undefined,
): Cells {
  const count = sizeOf(shape);
  if (!Number.isSafeInteger(count) || count < 0 || count > MAX_CELLS)
    throw new NotFollowed(`an array of [${shape.join(", ")}]`);
  const index = shape.map(() => 0);
  const cells = Array.from({ length: count }, (): Cell => {
    const cell = cellAt(index);
    if (cell === undefined) throw new NotFollowed(`no number at [${index.join(", ")}]`);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next < (shape[axis] ?? 1) ? next : 0;
      if (next < (shape[axis] ?? 1)) break;
    }
    return cell;
  });
  return { shape, cells };
}

/** The cell at an index; undefined outside. */
export function cellAt({ shape, cells }: Cells, index: readonly number[]): Cell | undefined {
  let at = 0;
  for (const [axis, size] of shape.entries()) {
    const place = index[axis] ?? 0;
    if (place < 0 || place >= size) return undefined;
    at = at * size + place;
  }
  return cells[at];
}

/** -1 is the last of `length`. */
export function fromEnd(place: number, length: number): number {
  return place < 0 ? place + length : place;
}

/** Whole numbers: shapes, indices. Error: NotFollowed for other cells. */
export function numbersIn({ cells }: Cells): number[] {
  return cells.map((cell) => {
    if (typeof cell !== "number") throw new NotFollowed("a shape or an index that is computed");
    return cell;
  });
}

/** Inner products of the rows of one array and the columns of the other. Error: NotFollowed where a sum is none. */
export function matrixProduct(a: Cells, b: Cells): Cells {
  const [rows = 0, inner = 0] = a.shape.slice(-2);
  const [depth = 0, columns = 0] = b.shape.slice(-2);
  const before = a.shape.slice(0, -2);
  if (inner !== depth || before.join() !== b.shape.slice(0, -2).join() || a.shape.length < 2)
    throw new NotFollowed("a product of other shapes");
  if (sizeOf(before) * rows * columns * inner > MAX_CELLS * 10) throw new NotFollowed("a product too large");
  return cellsOf([...before, rows, columns], (index) => {
    const [row = 0, column = 0] = index.slice(-2);
    const outer = index.slice(0, -2);
    const left = vectorOf(inner, (k) => cellAt(a, [...outer, row, k]));
    const right = vectorOf(inner, (k) => cellAt(b, [...outer, k, column]));
    return left === undefined || right === undefined ? undefined : { left, right };
  });
}

/** The vector whose components these are, in their order. */
function vectorOf(width: number, cellOf: (k: number) => Cell | undefined): string | undefined {
  let name: string | undefined;
  for (let k = 0; k < width; k++) {
    const cell = cellOf(k);
    if (typeof cell !== "object" || !("vector" in cell) || cell.at !== k) return undefined;
    if (name !== undefined && name !== cell.vector) return undefined;
    name = cell.vector;
  }
  return name;
}
