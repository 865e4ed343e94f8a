/** The gradient of a layer's weights: A^T B, summed over the events of a block in order. Tiles as in ./matrix. */
import { addTo, wideBytes } from "./matrix";

// @ts-expect-error: decorator
@inline
function increase(at: usize, by: v128): void {
  v128.store(at, f32x4.add(v128.load(at), by));
}

/** C += A^T B over so many rows of A and B. `columns` of A and `otherColumns` of B: multiples of 4. */
export function addTransposedProduct(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  c: usize,
  cBytes: usize,
  columns: i32,
  otherColumns: i32,
  rows: i32,
): void {
  const wide = wideBytes(otherColumns);
  const end = b + <usize>rows * bBytes;
  for (let i: usize = 0; i < <usize>columns; i += 2)
    for (let j: usize = 0; j < wide; j += 64)
      addWide(a + (i << 2), aBytes, b + j, end + j, bBytes, c + i * cBytes + j, cBytes);
  for (let i: usize = 0; i < <usize>columns; i += 4)
    for (let j = wide; j < <usize>otherColumns << 2; j += 16)
      addNarrow(a + (i << 2), aBytes, b + j, end + j, bBytes, c + i * cBytes + j, cBytes);
}

function addWide(from: usize, fromBytes: usize, at: usize, end: usize, bytes: usize, to: usize, toBytes: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  for (; at < end; at += bytes, from += fromBytes) {
    const b0 = v128.load(at);
    const b1 = v128.load(at, 16);
    const b2 = v128.load(at, 32);
    const b3 = v128.load(at, 48);
    const f0 = v128.load32_splat(from);
    c00 = addTo(c00, f0, b0);
    c01 = addTo(c01, f0, b1);
    c02 = addTo(c02, f0, b2);
    c03 = addTo(c03, f0, b3);
    const f1 = v128.load32_splat(from, 4);
    c10 = addTo(c10, f1, b0);
    c11 = addTo(c11, f1, b1);
    c12 = addTo(c12, f1, b2);
    c13 = addTo(c13, f1, b3);
  }
  increase(to, c00);
  increase(to + 16, c01);
  increase(to + 32, c02);
  increase(to + 48, c03);
  to += toBytes;
  increase(to, c10);
  increase(to + 16, c11);
  increase(to + 32, c12);
  increase(to + 48, c13);
}

function addNarrow(from: usize, fromBytes: usize, at: usize, end: usize, bytes: usize, to: usize, toBytes: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (; at < end; at += bytes, from += fromBytes) {
    const b = v128.load(at);
    c0 = addTo(c0, v128.load32_splat(from), b);
    c1 = addTo(c1, v128.load32_splat(from, 4), b);
    c2 = addTo(c2, v128.load32_splat(from, 8), b);
    c3 = addTo(c3, v128.load32_splat(from, 12), b);
  }
  increase(to, c0);
  increase(to + toBytes, c1);
  increase(to + 2 * toBytes, c2);
  increase(to + 3 * toBytes, c3);
}
