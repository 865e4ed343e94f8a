/** A factorisation machine's pairs beside the deep term, as src/model/terms/factorisation.ts has them. */
import { factorOf, gradientsOf, Half, Plan, Single, Table, touchedOf } from "./plan";

// @ts-expect-error: decorator
@inline
function vectorOf(single: Single, event: usize, bytes: usize): usize {
  const row = single.kind === 1 ? <usize>load<i32>(event + single.eventAt) : 0;
  return changetype<Table>(single.table).weights + row * bytes;
}

// @ts-expect-error: decorator
@inline
function valueOf(single: Single, event: usize): f32 {
  return single.kind === 1 ? 1 : load<f32>(event + single.eventAt);
}

/** The half of sum over k of (sum of v_k x)^2 - sum of (v_k x)^2; the sums stay in the half's own. */
export function scorePairs(plan: Plan, half: Half, event: usize): f64 {
  const bytes = <usize>plan.pairWidth << 2;
  const squares = half.sums + bytes;
  memory.fill(half.sums, 0, 2 * bytes);
  for (let index = 0; index < plan.factorCount; index++) {
    const single = factorOf(plan, index);
    const x = valueOf(single, event);
    addVector(vectorOf(single, event, bytes), x, half.sums, squares, bytes);
  }
  let pairs: f64 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    const sum = <f64>load<f32>(half.sums + k);
    pairs += sum * sum - <f64>load<f32>(squares + k);
  }
  return pairs / 2;
}

function addVector(vector: usize, x: f32, sums: usize, squares: usize, bytes: usize): void {
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) {
    const vx = f32x4.mul(v128.load(vector + k), f32x4.splat(x));
    v128.store(sums + k, f32x4.add(v128.load(sums + k), vx));
    v128.store(squares + k, f32x4.add(v128.load(squares + k), f32x4.mul(vx, vx)));
  }
  for (; k < bytes; k += 4) {
    const vx = load<f32>(vector + k) * x;
    store<f32>(sums + k, load<f32>(sums + k) + vx);
    store<f32>(squares + k, load<f32>(squares + k) + vx * vx);
  }
}

/** d loss / d v = gradient x (sum - v x): an event's own of a table row, a sum over the half of a number's vector. */
export function pairGradients(plan: Plan, half: Half, index: i32, place: usize, gradient: f32): void {
  const event = plan.events + place * plan.eventBytes;
  const bytes = <usize>plan.pairWidth << 2;
  scorePairs(plan, half, event);
  for (let factor = 0; factor < plan.factorCount; factor++) {
    const single = factorOf(plan, factor);
    const table = changetype<Table>(single.table);
    const x = valueOf(single, event);
    // A number that is 0 has no part in an event.
    if (x === 0) continue;
    const vector = vectorOf(single, event, bytes);
    if (single.kind === 1) {
      const to = plan.deltas + place * plan.deltaBytes + single.deltaAt;
      memory.fill(to, 0, bytes);
      addPairGradient(to, half.sums, vector, x, gradient, bytes);
    } else {
      addPairGradient(gradientsOf(table, index), half.sums, vector, x, gradient * x, bytes);
      store<i32>(touchedOf(table, index), 1);
    }
  }
}

function addPairGradient(to: usize, sums: usize, vector: usize, x: f32, gradient: f32, bytes: usize): void {
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) {
    const others = f32x4.sub(v128.load(sums + k), f32x4.mul(v128.load(vector + k), f32x4.splat(x)));
    v128.store(to + k, f32x4.add(v128.load(to + k), f32x4.mul(others, f32x4.splat(gradient))));
  }
  for (; k < bytes; k += 4) {
    const others = load<f32>(sums + k) - load<f32>(vector + k) * x;
    store<f32>(to + k, load<f32>(to + k) + others * gradient);
  }
}
