/** Sums of four numbers at a time, and the logistic function. */

/** 1 / (1 + e^-x): e^-x as 2^k e^r, |r| <= ln 2 / 2, e^r by its series up to r^9, whose rest is below 1e-11. */
export function sigmoid(x: f64): f64 {
  // A NaN has no whole part; the weights that it makes are found.
  if (isNaN<f64>(x)) return x;
  const y: f64 = x > 80 ? -80 : x < -80 ? 80 : -x;
  const k = floor<f64>(y * 1.4426950408889634 + 0.5);
  const r = y - k * 0.6931471805599453;
  let p: f64 = 1.0 / 40320.0 + r * (1.0 / 362880.0);
  p = 1.0 / 720.0 + r * (1.0 / 5040.0 + r * p);
  p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p);
  p = 0.5 + r * (1.0 / 6.0 + r * p);
  p = 1.0 + r * (1.0 + r * p);
  return 1 / (1 + p * reinterpret<f64>((<i64>k + 1023) << 52));
}

// @ts-expect-error: decorator
@inline
export function sum(v: v128): f32 {
  const halves = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

export function dot(left: usize, right: usize, bytes: usize): f32 {
  let even = f32x4.splat(0);
  let odd = even;
  let at: usize = 0;
  for (; at + 16 < bytes; at += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(left + at), v128.load(right + at)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(left + at, 16), v128.load(right + at, 16)));
  }
  if (at < bytes) even = f32x4.add(even, f32x4.mul(v128.load(left + at), v128.load(right + at)));
  return sum(f32x4.add(even, odd));
}
