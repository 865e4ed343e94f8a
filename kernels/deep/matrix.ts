/**
 * Products of matrices of f32, row-major, with the bytes from row to row. Every number is one sum over the inner
 * dimension in order, so that tiles of any shape, and a row by itself, give the same bits. Tiles are 2 rows by 16
 * columns, 8 sums, 4 vectors and a factor in 16 registers, and 4 by 4 for the columns that are left. Larger ones, and
 * loops unrolled by hand, are slower in V8: it unrolls by itself, and runs out of registers.
 */

// @ts-expect-error: decorator
@inline
export function addTo(sum: v128, factor: v128, vector: v128): v128 {
  return f32x4.add(sum, f32x4.mul(factor, vector));
}

/** Bytes of a matrix' columns that wide tiles take. */
// @ts-expect-error: decorator
@inline
export function wideBytes(columns: i32): usize {
  return (<usize>columns & ~15) << 2;
}

/**
 * Copies B to panels, as `multiply` reads it: its first 16 columns, row by row, then the next 16; those that are left,
 * 4 by 4. Of B the bytes from row to row and from column to column: its transpose is read as well. What the panels have
 * beyond its columns stays as it is.
 */
export function pack(b: usize, rowBytes: usize, columnBytes: usize, depth: i32, columns: i32, to: usize): void {
  const wide = (columns + 3) & ~15;
  for (let first = 0; first < columns; ) {
    const width = first < wide ? 16 : 4;
    const held = min(width, columns - first);
    let at = b + <usize>first * columnBytes;
    for (let k = 0; k < depth; k++, at += rowBytes, to += <usize>width << 2) {
      if (columnBytes === 4 && held === width)
        for (let j: usize = 0; j < <usize>width << 2; j += 16) v128.store(to + j, v128.load(at + j));
      else
        for (let j: usize = 0; j < <usize>held; j++) store<f32>(to + (j << 2), load<f32>(at + j * columnBytes));
    }
    first += width;
  }
}

/** C = start + A B. rows, columns: multiples of 4; `panels`: B, packed; `start`: [columns], what each sum begins with. */
export function multiply(
  a: usize,
  aBytes: usize,
  panels: usize,
  c: usize,
  cBytes: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  start: usize,
): void {
  const wide = wideBytes(columns);
  for (let j: usize = 0; j < <usize>columns << 2; j += j < wide ? 64 : 16) {
    // Each panel before this one has `depth` rows of its columns.
    const panel = panels + j * <usize>depth;
    const end = panel + (<usize>depth << (j < wide ? 6 : 4));
    if (j < wide) {
      for (let i: usize = 0; i < <usize>rows; i += 2)
        multiplyWide(a + i * aBytes, aBytes, panel, end, c + i * cBytes + j, cBytes, start + j);
    } else {
      for (let i: usize = 0; i < <usize>rows; i += 4)
        multiplyNarrow(a + i * aBytes, aBytes, panel, end, c + i * cBytes + j, cBytes, v128.load(start + j));
    }
  }
}

function multiplyWide(
  a0: usize,
  aBytes: usize,
  at: usize,
  end: usize,
  to: usize,
  toBytes: usize,
  start: usize,
): void {
  let a1 = a0 + aBytes;
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c02 = v128.load(start, 32);
  let c03 = v128.load(start, 48);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
  for (; at < end; at += 64, a0 += 4, a1 += 4) {
    const b0 = v128.load(at);
    const b1 = v128.load(at, 16);
    const b2 = v128.load(at, 32);
    const b3 = v128.load(at, 48);
    const f0 = v128.load32_splat(a0);
    c00 = addTo(c00, f0, b0);
    c01 = addTo(c01, f0, b1);
    c02 = addTo(c02, f0, b2);
    c03 = addTo(c03, f0, b3);
    const f1 = v128.load32_splat(a1);
    c10 = addTo(c10, f1, b0);
    c11 = addTo(c11, f1, b1);
    c12 = addTo(c12, f1, b2);
    c13 = addTo(c13, f1, b3);
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c02, 32);
  v128.store(to, c03, 48);
  to += toBytes;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  v128.store(to, c12, 32);
  v128.store(to, c13, 48);
}

function multiplyNarrow(
  a0: usize,
  aBytes: usize,
  at: usize,
  end: usize,
  to: usize,
  toBytes: usize,
  start: v128,
): void {
  let a1 = a0 + aBytes;
  let a2 = a1 + aBytes;
  let a3 = a2 + aBytes;
  let c0 = start;
  let c1 = start;
  let c2 = start;
  let c3 = start;
  for (; at < end; at += 16, a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
    const b = v128.load(at);
    c0 = addTo(c0, v128.load32_splat(a0), b);
    c1 = addTo(c1, v128.load32_splat(a1), b);
    c2 = addTo(c2, v128.load32_splat(a2), b);
    c3 = addTo(c3, v128.load32_splat(a3), b);
  }
  v128.store(to, c0);
  v128.store(to + toBytes, c1);
  v128.store(to + 2 * toBytes, c2);
  v128.store(to + 3 * toBytes, c3);
}
