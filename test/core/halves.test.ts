import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { controlArray, offerHalf } from "../../src/core/halves.js";

/** What a process prints that runs a module from the root of the checkout. */
async function printed(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 60_000,
  });
  return stdout;
}

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
  expect(await printed(script)).toBe("the second thread has done a half\n");
});

/** A second thread with a course of its own, and halves that are offered to it until one is not done here. */
function withThread(course: string): string {
  return `
    import { Worker } from "node:worker_threads";
    import { controlArray, offerHalf } from "./dist/core/halves.js";
    const control = controlArray();
    const thread = new Worker(
      "const { workerData } = require('node:worker_threads');" +
        "import('" + process.cwd() + "/dist/core/halves.js').then(({ takeHalves }) => " +
        "takeHalves(workerData, () => { ${course} }, () => {}));",
      { eval: true, workerData: control, execArgv: [] },
    );
    thread.on("error", () => {});
    thread.unref();
    let own = 0;
    try {
      for (let offered = 0; own === offered; offered++) {
        offerHalf(control, { task: "applyHalf", plan: 0, count: 1 }, (half) => {
          for (let turn = 0; turn < 1e5; turn++) Math.sqrt(turn);
          own += half;
        }, 1);
      }
      console.log("went on");
    } catch (error) {
      console.log(error.name, error.exitCode, error.message);
    }`;
}

it.each([
  ["ends in the middle of its half", "process.exit()", "has not done its half in 1 s: it has ended"],
  ["fails at its half", "throw new Error()", "failed at its half"],
])("says so when the second thread %s, and the process ends", { timeout: 60_000 }, async (_, course, how) => {
  const lines = (await printed(withThread(course))).split("\n");
  expect(lines[0]).toBe(
    `UnbatchError 70 an update of the deep kernel that is half done: the second thread ${how}`,
  );
  expect(lines[2]).toContain("--threads 1");
});

it("does all by itself when the second thread does not start", { timeout: 60_000 }, async () => {
  const script = `
    import { sharedWasmMemory } from "./dist/core/wasm.js";
    import { secondThread } from "./dist/io/second-thread.js";
    const thread = secondThread();
    // Not a module: the thread cannot hold this kernel.
    const kernel = { module: {}, memory: sharedWasmMemory(131072) };
    let own = 0;
    for (let turn = 0; turn < 300; turn++) {
      thread.inTwo(kernel, { task: "learnHalf", plan: 65536, count: 0 }, (half) => { own += half; });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(own);`;
  expect(await printed(script)).toBe("300\n");
});
