/** Two numbers of the state as doubles, whatever it keeps them as. */

// @ts-expect-error: decorator
@inline
export function loadTwo<T>(a: usize, b: usize): v128 {
  if (sizeof<T>() === 4) return f64x2.promote_low_f32x4(v128.load32_lane(b, v128.load32_zero(a), 1));
  return v128.load64_lane(b, v128.load64_zero(a), 1);
}

/** Returns 0 in every lane, or NaN where what was stored is not finite. */
// @ts-expect-error: decorator
@inline
export function storeTwo<T>(a: usize, b: usize, value: v128): v128 {
  if (sizeof<T>() === 4) {
    const rounded = f32x4.demote_f64x2_zero(value);
    v128.store32_lane(a, rounded, 0);
    v128.store32_lane(b, rounded, 1);
    return f32x4.sub(rounded, rounded);
  }
  v128.store64_lane(a, value, 0);
  v128.store64_lane(b, value, 1);
  return f64x2.sub(value, value);
}

/** Towards zero by `by`, and no further. */
// @ts-expect-error: decorator
@inline
export function shrink(value: v128, by: v128): v128 {
  const step = v128.or(by, v128.and(value, f64x2.splat(-0.0)));
  return v128.andnot(f64x2.sub(value, step), f64x2.le(f64x2.abs(value), by));
}

// @ts-expect-error: decorator
@inline
export function splat(number: f64): v128 {
  return f64x2.splat(number);
}

/** Gradients scaled down to the norm `most` where theirs is longer. */
// @ts-expect-error: decorator
@inline
export function clipped(g: v128, norm: v128, most: v128): v128 {
  const scale = v128.bitselect(f64x2.div(most, norm), splat(1), f64x2.gt(norm, most));
  return f64x2.mul(scale, g);
}
