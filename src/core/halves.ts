import { UnbatchError } from "./errors.js";
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
  /** CPU time of that thread so far; 0 where the system does not tell. */
  cpuSeconds(): number;
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
/**
 * A half takes milliseconds: a thread that is not done after so many waits of a second is no more. Many short waits, as
 * a process that was stopped for a day has lost only one of them when it goes on.
 */
const WAITS = 60;
const WAIT_MS = 1000;

export function controlArray(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * WORDS));
}

/**
 * Offers the second half, does the first, and then the second too unless the other thread has begun it. Errors: the
 * other thread has begun its half, and failed at it or has not done it in `waits` seconds: the update is half done.
 */
export function offerHalf(
  control: Int32Array<SharedArrayBuffer>,
  { task, plan, count }: HalvedWork,
  run: (half: 0 | 1) => void,
  waits: number = WAITS,
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
  let left = waits;
  for (let done = Atomics.load(control, DONE); done !== offer; done = Atomics.load(control, DONE)) {
    if (left === 0) throw halfDone(`has not done its half in ${waits} s: it has ended`);
    left -= 1;
    waitWhile(control, DONE, done, WAIT_MS);
  }
  if (Atomics.load(control, FAILED) !== 0) throw halfDone("failed at its half");
}

function halfDone(how: string): UnbatchError {
  return new UnbatchError(
    {
      found: `an update of the deep kernel that is half done: the second thread ${how}`,
      expected: "two threads that both do their halves; this is a bug",
      next: "run it again with --threads 1: the results are the same bits",
    },
    70,
  );
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

/** Until the word changes, or for `mostMs` once it has looked long enough. */
function waitWhile(
  control: Int32Array<SharedArrayBuffer>,
  word: number,
  value: number,
  mostMs: number = Number.POSITIVE_INFINITY,
): void {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(control, word) !== value) return;
  Atomics.wait(control, word, value, mostMs);
}
