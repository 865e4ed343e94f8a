// Each hostile file in a process of its own: seconds (and those of the processor, of all threads), and megabytes, both of
// the whole process; of these what is above one that opens a small good file.
//   node bench/hostile-files.mjs fixtures/made/malicious
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [folder = "fixtures/made/malicious"] = process.argv.slice(2);
const bin = fileURLToPath(new URL("../bin/unbatch.js", import.meta.url));
const measured = `import(${JSON.stringify(bin)}); process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write("\\n" + maxRSS + " " + (userCPUTime + systemCPUTime) / 1e6);
});`;

/** @param {string} path */
function open(path) {
  const started = performance.now();
  const { stderr, status } = spawnSync(
    process.execPath,
    ["-e", measured, "inspect", path].toSpliced(2, 0, "--", bin),
    {
      encoding: "utf8",
    },
  );
  const lines = stderr.trimEnd().split("\n");
  const [kilobytes, cpuSeconds] = (lines.at(-1) ?? "").split(" ").map(Number);
  return {
    seconds: (performance.now() - started) / 1000,
    megabytes: (kilobytes ?? Number.NaN) / 1024,
    cpuSeconds: cpuSeconds ?? Number.NaN,
    said: lines[0] ?? "",
    status,
  };
}

const base = open("fixtures/made/safetensors/two_tower.safetensors");
console.log(
  `base: ${base.seconds.toFixed(2)} s, ${base.cpuSeconds.toFixed(2)} CPU s, ${base.megabytes.toFixed(0)} MB`,
);
for (const name of readdirSync(folder)) {
  const { seconds, cpuSeconds, megabytes, said, status } = open(join(folder, name));
  const above = (megabytes - base.megabytes).toFixed(0);
  const verdict = status === 2 && /byte \d+/.test(said) ? "refused" : `EXIT ${status}`;
  console.log(
    `${name.padEnd(26)} ${verdict}  ${seconds.toFixed(2)} s  ${cpuSeconds.toFixed(2)} CPU s  ${above.padStart(4)} MB above base`,
  );
}
