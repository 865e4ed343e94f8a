import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { startWorker } from "../../src/io/worker-stream.js";

const moduleOf = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`);

it("says why a worker died before it had a task", async () => {
  const worker = startWorker(moduleOf('throw new Error("no such module")'));
  await new Promise((resolve) => setImmediate(resolve));
  await expect(worker.begin({})).rejects.toThrow("no such module");
});

it("does not wait for a worker that has ended", async () => {
  await expect(startWorker(moduleOf("process.exit(0)")).begin({})).rejects.toThrow("ended with code 0");
});

it("holds up no end of a process that asks for nothing of what a worker makes", () => {
  const serves = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", () => parentPort.postMessage({ kind: "head", head: 7 }));`;
  const asks = `import { startWorker } from ${JSON.stringify(resolve("dist/io/worker-stream.js"))};
    const worker = startWorker(new URL(${JSON.stringify(moduleOf(serves).href)}));
    console.log((await worker.begin({})).head);`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", asks], {
    encoding: "utf8",
    timeout: 20_000,
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "7\n" });
});
