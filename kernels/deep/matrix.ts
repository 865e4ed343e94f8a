/**
 * Products of matrices of f32, row-major, with the bytes from row to row. Every number is one sum over the inner
 * dimension in order, so that tiles of any shape, and a row by itself, give the same bits. Tiles are 4 rows by 8
 * columns: 8 sums, 2 vectors and a factor in 16 registers.
 */

// @ts-expect-error: decorator
@inline
function addTo(sum: v128, factor: v128, vector: v128): v128 {
  return f32x4.add(sum, f32x4.mul(factor, vector));
}

/** C = start + A B. rows: a multiple of 4; columns: of 8; `start`: [columns], what each sum begins with. */
export function multiply(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  c: usize,
  cBytes: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  start: usize,
): void {
  for (let j: usize = 0; j < <usize>columns << 2; j += 32) {
    const start0 = v128.load(start + j);
    const start1 = v128.load(start + j, 16);
    for (let i: usize = 0; i < <usize>rows; i += 4) {
      let a0 = a + i * aBytes;
      let a1 = a0 + aBytes;
      let a2 = a1 + aBytes;
      let a3 = a2 + aBytes;
      let at = b + j;
      let c00 = start0;
      let c01 = start1;
      let c10 = start0;
      let c11 = start1;
      let c20 = start0;
      let c21 = start1;
      let c30 = start0;
      let c31 = start1;
      for (let k = 0; k < depth; k++) {
        const b0 = v128.load(at);
        const b1 = v128.load(at, 16);
        const f0 = v128.load32_splat(a0);
        c00 = addTo(c00, f0, b0);
        c01 = addTo(c01, f0, b1);
        const f1 = v128.load32_splat(a1);
        c10 = addTo(c10, f1, b0);
        c11 = addTo(c11, f1, b1);
        const f2 = v128.load32_splat(a2);
        c20 = addTo(c20, f2, b0);
        c21 = addTo(c21, f2, b1);
        const f3 = v128.load32_splat(a3);
        c30 = addTo(c30, f3, b0);
        c31 = addTo(c31, f3, b1);
        at += bBytes;
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
      }
      let to = c + i * cBytes + j;
      v128.store(to, c00);
      v128.store(to, c01, 16);
      to += cBytes;
      v128.store(to, c10);
      v128.store(to, c11, 16);
      to += cBytes;
      v128.store(to, c20);
      v128.store(to, c21, 16);
      to += cBytes;
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
}

// @ts-expect-error: decorator
@inline
function increase(at: usize, first: v128, second: v128): void {
  v128.store(at, f32x4.add(v128.load(at), first));
  v128.store(at, f32x4.add(v128.load(at, 16), second), 16);
}

/** C += A^T B over so many rows of A and B. `columns` of A: a multiple of 4; `otherColumns` of B: of 8. */
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
  for (let j: usize = 0; j < <usize>otherColumns << 2; j += 32) {
    for (let i: usize = 0; i < <usize>columns; i += 4) {
      let from = a + (i << 2);
      let at = b + j;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      for (let k = 0; k < rows; k++) {
        const b0 = v128.load(at);
        const b1 = v128.load(at, 16);
        const f0 = v128.load32_splat(from);
        c00 = addTo(c00, f0, b0);
        c01 = addTo(c01, f0, b1);
        const f1 = v128.load32_splat(from, 4);
        c10 = addTo(c10, f1, b0);
        c11 = addTo(c11, f1, b1);
        const f2 = v128.load32_splat(from, 8);
        c20 = addTo(c20, f2, b0);
        c21 = addTo(c21, f2, b1);
        const f3 = v128.load32_splat(from, 12);
        c30 = addTo(c30, f3, b0);
        c31 = addTo(c31, f3, b1);
        at += bBytes;
        from += aBytes;
      }
      const to = c + i * cBytes + j;
      increase(to, c00, c01);
      increase(to + cBytes, c10, c11);
      increase(to + 2 * cBytes, c20, c21);
      increase(to + 3 * cBytes, c30, c31);
    }
  }
}
