import { alignedTo8 } from "../core/rooms.js";
import { changeColumns } from "../model/batch.js";
import type { WaitingRows } from "./label-segment.js";

/** What becomes of each array of waiting rows. */
interface ArrayChange {
  numbers(values: Float64Array): Float64Array;
  codes(codes: Int32Array): Int32Array;
  marks(marks: Uint8Array): Uint8Array;
}

/** What waiting rows take in memory, and on disk but for a few bytes an array. */
export function bytesOf(waiting: WaitingRows): number {
  return arraysOf(waiting).reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Waiting rows as the bytes of their arrays, one behind the other, and the length of each array. */
export function encodeRows(waiting: WaitingRows): { bytes: Uint8Array; lengths: Int32Array } {
  const arrays = arraysOf(waiting);
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + alignedTo8(array.byteLength), 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += alignedTo8(byteLength);
  }
  return { bytes, lengths: Int32Array.from(arrays, ({ length }) => length) };
}

/** Rows of the same columns as `shape`, as views of their bytes. */
export function decodeRows(
  { buffer }: Uint8Array<ArrayBuffer>,
  lengths: Int32Array,
  rows: number,
  shape: WaitingRows,
): WaitingRows {
  let [index, at] = [0, 0];
  const place = (bytesEach: number): [ArrayBuffer, number, number] => {
    const length = lengths[index++] ?? 0;
    const from = at;
    at += alignedTo8(length * bytesEach);
    return [buffer, from, length];
  };
  return changeArrays(shape, rows, {
    numbers: () => new Float64Array(...place(8)),
    codes: () => new Int32Array(...place(4)),
    marks: () => new Uint8Array(...place(1)),
  });
}

/** The same columns without a row: all that decodeRows asks for. */
export function shapeOf(waiting: WaitingRows): WaitingRows {
  return changeArrays(waiting, 0, {
    numbers: () => new Float64Array(0),
    codes: () => new Int32Array(0),
    marks: () => new Uint8Array(0),
  });
}

function arraysOf(waiting: WaitingRows): (Float64Array | Int32Array | Uint8Array)[] {
  const arrays: (Float64Array | Int32Array | Uint8Array)[] = [];
  const taken = <A extends Float64Array | Int32Array | Uint8Array>(array: A): A => {
    arrays.push(array);
    return array;
  };
  changeArrays(waiting, waiting.events.rows, { numbers: taken, codes: taken, marks: taken });
  return arrays;
}

function changeArrays(
  { events, predicted, held }: WaitingRows,
  rows: number,
  { numbers, codes, marks }: ArrayChange,
): WaitingRows {
  const { learner, shadow } = predicted;
  return {
    events: changeColumns(events, rows, {
      numbers,
      codes,
      bags: ({ offsets, codes: values, weights }) => ({
        ...{ offsets: codes(offsets), codes: codes(values) },
        ...(weights === undefined ? {} : { weights: numbers(weights) }),
      }),
    }),
    predicted: { learner: numbers(learner), shadow: shadow && numbers(shadow) },
    held: held && marks(held),
  };
}
