import { elementCount } from "../../../core/tensor.js";
import type { Slice } from "./bundle-entry.js";

/** One piece of a partitioned variable, placed: no axis has all of it as -1. */
export interface Piece {
  start: readonly number[];
  shape: readonly number[];
}

const MAX_PIECES = 4096;

/** Where a variable's pieces lie. Error: RangeError where they do not fill its shape, each place once. */
export function placed(shape: readonly number[], slices: readonly Slice[]): Piece[] {
  if (slices.length > MAX_PIECES) throw new RangeError(`${slices.length} pieces`);
  const pieces = slices.map((slice): Piece => {
    if (slice.length !== shape.length) throw new RangeError(`a piece of ${slice.length} axes`);
    return {
      start: slice.map(({ start }) => start),
      shape: slice.map(({ start, length }, axis) => (length === -1 ? (shape[axis] ?? 0) - start : length)),
    };
  });
  const filled = pieces.reduce((sum, piece) => sum + elementCount(piece.shape), 0);
  const isInside = pieces.every((piece) =>
    piece.start.every((start, axis) => {
      const length = piece.shape[axis] ?? 0;
      return start >= 0 && length > 0 && start + length <= (shape[axis] ?? 0);
    }),
  );
  const overlap = pieces.some((a, index) => pieces.slice(index + 1).some((b) => meet(a, b)));
  if (!isInside || overlap || filled !== elementCount(shape))
    throw new RangeError(`pieces of ${filled} elements for [${shape.join(", ")}]`);
  return pieces;
}

function meet(a: Piece, b: Piece): boolean {
  return a.start.every((start, axis) => {
    const other = b.start[axis] ?? 0;
    return start < other + (b.shape[axis] ?? 0) && other < start + (a.shape[axis] ?? 0);
  });
}

/** Copies a piece's bytes, row-major, to its place in the whole; the last axis in one go. */
export function putPiece(
  whole: Uint8Array,
  shape: readonly number[],
  piece: Piece,
  bytes: Uint8Array,
  elementBytes: number,
): void {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)) * elementBytes);
  const run = (piece.shape.at(-1) ?? 1) * elementBytes;
  for (let from = 0; from < bytes.length; from += run) {
    let rest = from / elementBytes;
    let to = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = piece.shape[axis] ?? 1;
      to += ((piece.start[axis] ?? 0) + (rest % length)) * (strides[axis] ?? elementBytes);
      rest = Math.floor(rest / length);
    }
    whole.set(bytes.subarray(from, from + run), to);
  }
}

/** A piece, its bytes, and how some of them are read. */
interface PieceBytes {
  piece: Piece;
  size: number;
  read(from: number, length: number): Uint8Array;
}

/** Reads bytes of a variable whose pieces are whole rows, one behind the other; undefined where they are not. */
export function readAcross(
  shape: readonly number[],
  parts: readonly PieceBytes[],
): ((from: number, length: number) => Uint8Array) | undefined {
  const areRows = parts.every(({ piece }) =>
    piece.shape.every((size, axis) => axis === 0 || size === shape[axis]),
  );
  if (!areRows) return undefined;
  const first = ({ start }: Piece): number => start[0] ?? 0;
  const inOrder = [...parts].sort((a, b) => first(a.piece) - first(b.piece));
  return (from, length) => {
    const bytes = new Uint8Array(length);
    let begins = 0;
    for (const { size, read } of inOrder) {
      const [own, end] = [Math.max(from, begins), Math.min(from + length, begins + size)];
      if (own < end) bytes.set(read(own - begins, end - own), own - from);
      begins += size;
    }
    return bytes;
  };
}
