/**
 * P(D < x) of n rows, exactly: n! / n^n times the middle entry of the n-th power of Durbin's (2k - 1) x (2k - 1)
 * matrix, k = ceil(n x) (Durbin 1968; Marsaglia, Tsang & Wang 2003). O(k^3 log n) time.
 */
export function durbinMatrix(n: number, x: number): number {
  const k = Math.ceil(n * x);
  const size = 2 * k - 1;
  const power = matrixPower(transition(k, k - n * x), size, n);
  let value = power.entries[(k - 1) * size + k - 1] ?? Number.NaN;
  let exponent = power.exponent;
  for (let factor = 1; factor <= n; factor++) {
    value *= factor / n;
    if (value < SMALL) {
      value /= SMALL;
      exponent -= EXPONENT_STEP;
    }
  }
  return value * 10 ** exponent;
}

const EXPONENT_STEP = 140;
const SMALL = 1e-140;
const LARGE = 1e140;

/** A matrix times 10^exponent, so that powers stay within doubles. */
interface Scaled {
  entries: Float64Array;
  exponent: number;
}

function transition(k: number, h: number): Float64Array {
  const size = 2 * k - 1;
  const entries = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      let entry = 1;
      if (column === 0) entry -= h ** (row + 1);
      if (row === size - 1) entry -= h ** (size - column);
      if (column === 0 && row === size - 1) entry += Math.max(0, 2 * h - 1) ** size;
      entries[row * size + column] = entry / factorial(row - column + 1);
    }
  }
  return entries;
}

function factorial(n: number): number {
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return product;
}

function matrixPower(entries: Float64Array, size: number, n: number): Scaled {
  if (n === 1) return { entries, exponent: 0 };
  const half = matrixPower(entries, size, Math.floor(n / 2));
  let product = multiply(half.entries, half.entries, size);
  let exponent = 2 * half.exponent;
  if (n % 2 === 1) product = multiply(entries, product, size);
  const middle = (size - 1) / 2;
  if ((product[middle * size + middle] ?? 0) > LARGE) {
    product = product.map((entry) => entry * SMALL);
    exponent += EXPONENT_STEP;
  }
  return { entries: product, exponent };
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = left[row * size + inner] ?? 0;
      if (factor === 0) continue;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        product[at] = (product[at] ?? 0) + factor * (right[inner * size + column] ?? 0);
      }
    }
  }
  return product;
}
