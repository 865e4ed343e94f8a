/** Activations of src/model/terms/activation.ts, from the outputs y alone; exp and its kin are JavaScript's own, in doubles. */

@external("env", "exp")
declare function exp(x: f64): f64;
@external("env", "expm1")
declare function expm1(x: f64): f64;
@external("env", "log1p")
declare function log1p(x: f64): f64;
@external("env", "tanh")
declare function tanh(x: f64): f64;

const LINEAR: i32 = 0;
const RELU: i32 = 1;
const LEAKY_RELU: i32 = 2;
const ELU: i32 = 3;
const SIGMOID: i32 = 4;
const TANH: i32 = 5;

// @ts-expect-error: decorator
@inline
function isPositive(x: v128): v128 {
  return f32x4.gt(x, f32x4.splat(0));
}

/** Of `count` numbers in place; a multiple of 4 of them. */
export function activate(activation: i32, at: usize, count: i32): void {
  if (activation === LINEAR) return;
  const end = at + (<usize>count << 2);
  if (activation === RELU) {
    for (; at < end; at += 16) v128.store(at, v128.and(v128.load(at), isPositive(v128.load(at))));
  } else if (activation === LEAKY_RELU) {
    for (; at < end; at += 16) {
      const x = v128.load(at);
      v128.store(at, v128.bitselect(x, f32x4.mul(x, f32x4.splat(0.01)), isPositive(x)));
    }
  } else {
    for (; at < end; at += 4) store<f32>(at, <f32>curve(activation, <f64>load<f32>(at)));
  }
}

function curve(activation: i32, x: f64): f64 {
  if (activation === ELU) return x > 0 ? x : expm1(x);
  if (activation === SIGMOID) return 1 / (1 + exp(-x));
  if (activation === TANH) return tanh(x);
  return max<f64>(x, 0) + log1p(exp(-abs<f64>(x)));
}

/** Deltas of outputs become deltas of sums: times the slope at each output. */
export function multiplyBySlopes(activation: i32, outputs: usize, deltas: usize, count: i32): void {
  if (activation === LINEAR) return;
  const end = outputs + (<usize>count << 2);
  if (activation === RELU) {
    for (; outputs < end; outputs += 16, deltas += 16)
      v128.store(deltas, v128.and(v128.load(deltas), isPositive(v128.load(outputs))));
  } else if (activation === LEAKY_RELU) {
    for (; outputs < end; outputs += 16, deltas += 16) {
      const delta = v128.load(deltas);
      const below = f32x4.mul(delta, f32x4.splat(0.01));
      v128.store(deltas, v128.bitselect(delta, below, isPositive(v128.load(outputs))));
    }
  } else {
    for (; outputs < end; outputs += 4, deltas += 4)
      store<f32>(deltas, <f32>(<f64>load<f32>(deltas) * slope(activation, <f64>load<f32>(outputs))));
  }
}

function slope(activation: i32, y: f64): f64 {
  if (activation === ELU) return y > 0 ? 1 : y + 1;
  if (activation === SIGMOID) return y * (1 - y);
  if (activation === TANH) return 1 - y * y;
  // Softplus: the sigmoid of x is 1 - exp(-y).
  return -expm1(-y);
}
