/** Sums of four numbers at a time. */

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
