import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { controlArray, offerHalf } from "../../src/core/halves.js";

it("does both halves, the first first, where no other thread takes one", () => {
  const control = controlArray();
  const done: string[] = [];
  for (const count of [3, 4]) {
    for (const task of ["learnHalf", "applyHalf"] as const)
      offerHalf(control, { task, plan: 64, count }, (half) => done.push(`${task} ${half} of ${count}`));
  }
  expect(done).toEqual([
    ...["learnHalf 0 of 3", "learnHalf 1 of 3", "applyHalf 0 of 3", "applyHalf 1 of 3"],
    ...["learnHalf 0 of 4", "learnHalf 1 of 4", "applyHalf 0 of 4", "applyHalf 1 of 4"],
  ]);
});

it("a process ends though its second thread waits for more work", { timeout: 60_000 }, async () => {
  const script = `
    import { sharedWasmMemory } from "./dist/core/wasm.js";
    import { loadKernels } from "./dist/io/kernels.js";
    const { deep, secondThread } = loadKernels({ threads: 2 });
    const kernel = { module: deep, memory: sharedWasmMemory(131072) };
    for (let own = true; own; ) {
      own = false;
      // Half of no events, by a plan of zeros.
      secondThread.inTwo(kernel, { task: "learnHalf", plan: 65536, count: 0 }, (half) => {
        for (let turn = 0; turn < 1e5; turn++) Math.sqrt(turn);
        own ||= half === 1;
      });
    }
    console.log("the second thread has done a half");`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 60_000,
  });
  expect(stdout).toBe("the second thread has done a half\n");
});
