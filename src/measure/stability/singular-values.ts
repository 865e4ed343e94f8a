/** A square matrix, row-major, as u x diag(values) x v^T with orthogonal u and v. */
export interface SingularValues {
  u: Float64Array;
  values: Float64Array;
  v: Float64Array;
}

const MOST_SWEEPS = 60;
const PRECISION = 1e-15;

/**
 * Singular value decomposition by one-sided Jacobi rotations (Hestenes 1958; Demmel & Veselić 1992): pairs of columns
 * are turned until all are orthogonal; their lengths are the singular values. Columns that came out zero are filled up
 * to a basis, so that u is orthogonal for singular matrices too. Values in no order. O(size^3) a sweep, some ten sweeps.
 */
export function singularValues(matrix: Float64Array, size: number): SingularValues {
  // Columns as rows of these, so that each is one stretch of memory.
  const columns = transposed(matrix, size);
  const turns = identity(size);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const pp = dot(columns, p, p, size);
        const qq = dot(columns, q, q, size);
        const pq = dot(columns, p, q, size);
        if (Math.abs(pq) <= PRECISION * Math.sqrt(pp * qq)) continue;
        turned = true;
        const zeta = (qq - pp) / (2 * pq);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, tangent);
        rotate(columns, p, q, size, cosine, cosine * tangent);
        rotate(turns, p, q, size, cosine, cosine * tangent);
      }
    }
    if (!turned) break;
  }
  const values = new Float64Array(size);
  for (let p = 0; p < size; p++) values[p] = Math.sqrt(dot(columns, p, p, size));
  normalise(columns, values, size);
  return { u: transposed(columns, size), values, v: transposed(turns, size) };
}

function rotate(rows: Float64Array, p: number, q: number, size: number, cosine: number, sine: number): void {
  for (let k = 0; k < size; k++) {
    const left = rows[p * size + k] ?? 0;
    const right = rows[q * size + k] ?? 0;
    rows[p * size + k] = cosine * left - sine * right;
    rows[q * size + k] = sine * left + cosine * right;
  }
}

/** Rows to length 1; those without a length become what unit vectors leave, orthogonal to all others. */
function normalise(rows: Float64Array, lengths: Float64Array, size: number): void {
  const least = size * PRECISION * lengths.reduce((most, length) => Math.max(most, length), 0);
  const empty: number[] = [];
  lengths.forEach((length, row) => {
    if (length > least)
      for (let k = 0; k < size; k++) rows[row * size + k] = (rows[row * size + k] ?? 0) / length;
    else {
      rows.fill(0, row * size, (row + 1) * size);
      empty.push(row);
    }
  });
  let axis = 0;
  for (const row of empty) {
    for (let length = 0; length < 0.5 / Math.sqrt(size) && axis < size; axis++) {
      rows.fill(0, row * size, (row + 1) * size);
      rows[row * size + axis] = 1;
      length = orthogonalise(rows, row, size);
    }
  }
}

/** Takes from `row` what lies along the others, twice for the digits; returns what was left, scaled to length 1. */
function orthogonalise(rows: Float64Array, row: number, size: number): number {
  let length = 1;
  for (let pass = 0; pass < 2; pass++) {
    for (let other = 0; other < size; other++) {
      if (other === row) continue;
      const along = dot(rows, row, other, size);
      for (let k = 0; k < size; k++)
        rows[row * size + k] = (rows[row * size + k] ?? 0) - along * (rows[other * size + k] ?? 0);
    }
    const left = Math.sqrt(dot(rows, row, row, size));
    if (left === 0) return 0;
    length *= left;
    for (let k = 0; k < size; k++) rows[row * size + k] = (rows[row * size + k] ?? 0) / left;
  }
  return length;
}

function dot(rows: Float64Array, p: number, q: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += (rows[p * size + k] ?? 0) * (rows[q * size + k] ?? 0);
  return sum;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < size; k++) matrix[k * size + k] = 1;
  return matrix;
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  const turned = new Float64Array(matrix.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++)
      turned[column * size + row] = matrix[row * size + column] ?? 0;
  }
  return turned;
}
