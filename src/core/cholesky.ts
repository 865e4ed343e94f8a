/**
 * Solves A x = b for a symmetric positive definite A, [n x n], of which the lower half is read and overwritten, by
 * Cholesky's factors. Not finite where A is not positive definite. O(n^3).
 */
export function solveCholesky(matrix: Float64Array, right: Float64Array): Float64Array {
  const width = right.length;
  const at = (row: number, column: number): number => matrix[row * width + column] ?? 0;
  for (let j = 0; j < width; j++) {
    for (let i = j; i < width; i++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      matrix[i * width + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  const solution = Float64Array.from(right);
  for (let i = 0; i < width; i++) {
    let sum = solution[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= at(i, k) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  for (let i = width - 1; i >= 0; i--) {
    let sum = solution[i] ?? 0;
    for (let k = i + 1; k < width; k++) sum -= at(k, i) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  return solution;
}
