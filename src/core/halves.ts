import type { SharedWasmMemory, WasmModule } from "./wasm.js";

/** Compiled code and the memory that it works in, which threads share. */
export interface SharedKernel {
  module: WasmModule;
  memory: SharedWasmMemory;
}

/** A thread beside this one that may take the second half of a kernel's work. */
export interface SecondThread {
  /**
   * Runs both halves of an export of the kernel, (plan, half, count), and returns when both are done. Which thread does
   * the second does not matter to the result: `run` does it here where the other has not begun it by then.
   */
  inTwo(kernel: SharedKernel, work: HalvedWork, run: (half: 0 | 1) => void): void;
}

export interface HalvedWork {
  task: (typeof HALVED)[number];
  plan: number;
  count: number;
}

/** Exports of a kernel that take a half. */
export const HALVED = ["learnHalf", "applyHalf"] as const;

/** Words of the control array. An offer is an even number; odd: somebody does its second half. */
const OFFER = 0;
const DONE = 1;
const FAILED = 2;
const TASK = 3;
const PLAN = 4;
const COUNT = 5;
const WORDS = 6;

/** Looks at a word before a thread sleeps: to be woken takes longer than most waits. */
const LOOKS = 20_000;

export function controlArray(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * WORDS));
}

/** Offers the second half, does the first, and then the second too unless the other thread has begun it. */
export function offerHalf(
  control: Int32Array<SharedArrayBuffer>,
  { task, plan, count }: HalvedWork,
  run: (half: 0 | 1) => void,
): void {
  // The last offer was taken, so that it is odd.
  const offer = ((Atomics.load(control, OFFER) | 1) + 1) | 0;
  control[TASK] = HALVED.indexOf(task);
  control[PLAN] = plan;
  control[COUNT] = count;
  Atomics.store(control, OFFER, offer);
  Atomics.notify(control, OFFER);
  run(0);
  if (Atomics.compareExchange(control, OFFER, offer, offer + 1) === offer) {
    run(1);
    return;
  }
  for (let done = Atomics.load(control, DONE); done !== offer; done = Atomics.load(control, DONE))
    waitWhile(control, DONE, done);
  if (Atomics.load(control, FAILED) !== 0) throw new Error("the second thread failed at its half");
}

/** The other thread's course: takes the second half of each offer that is still open. Never returns. */
export function takeHalves(
  control: Int32Array<SharedArrayBuffer>,
  run: (work: HalvedWork) => void,
  prepare: () => void,
): never {
  for (;;) {
    const offer = Atomics.load(control, OFFER);
    if (offer % 2 !== 0 || offer === 0) {
      waitWhile(control, OFFER, offer);
      continue;
    }
    // Before the claim: whoever made this offer had sent what it needs by then.
    prepare();
    if (Atomics.compareExchange(control, OFFER, offer, offer + 1) !== offer) continue;
    try {
      const task = HALVED[control[TASK] ?? 0] ?? "learnHalf";
      run({ task, plan: control[PLAN] ?? 0, count: control[COUNT] ?? 0 });
    } catch {
      Atomics.store(control, FAILED, 1);
    }
    Atomics.store(control, DONE, offer);
    Atomics.notify(control, DONE);
  }
}

function waitWhile(control: Int32Array<SharedArrayBuffer>, word: number, value: number): void {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(control, word) !== value) return;
  Atomics.wait(control, word, value);
}
