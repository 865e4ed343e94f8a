/**
 * A deep term, alone or beside bias, linear and factorisation terms, under mini-batches: blocks of events as products of
 * matrices, in f32. A batch is learned as two halves, by one thread or two: the sums are cut the same way, so the bits are the same.
 * See src/model/kernels/deep-kernel.ts for who calls it and kernels/deep/plan.ts for what lies where.
 */
import { sumGradients } from "./deep/backward";
import { packLayers, scoreBlock, scoreOne } from "./deep/forward";
import { EVENTS, halfOf, Plan } from "./deep/plan";
import { applyGradients } from "./deep/update";

/** Below this many events, copying the weights takes longer than it saves. */
const FEW: i32 = 4;

/** Scores of `count` events into `out`, f64. */
export function score(address: usize, events: usize, count: i32, out: usize): void {
  const plan = changetype<Plan>(address);
  const half = halfOf(plan, 0);
  if (count < FEW) {
    for (let event: usize = 0; event < <usize>count; event++)
      store<f64>(out + (event << 3), scoreOne(plan, half, events + event * plan.eventBytes));
    return;
  }
  packLayers(plan, false);
  for (let first = 0; first < count; first += EVENTS) {
    const own = events + <usize>first * plan.eventBytes;
    scoreBlock(plan, half, own, min(EVENTS, count - first), out + (<usize>first << 3));
  }
}

/** Before the halves of a batch: they read the weights from one copy. */
export function begin(address: usize): void {
  packLayers(changetype<Plan>(address), true);
}

/** The gradients of one half of the `count` events in hand. The first half has a multiple of 4 of them, or all. */
export function learnHalf(address: usize, half: i32, count: i32): void {
  const middle = min(count, ((count + 7) >> 3) << 2);
  const from = half === 0 ? 0 : middle;
  sumGradients(changetype<Plan>(address), half, from, half === 0 ? middle : count);
}

/** When both halves have their gradients: updates one half of the rows. */
export function applyHalf(address: usize, half: i32, count: i32): void {
  applyGradients(changetype<Plan>(address), half, count, 1 / <f32>count);
}
