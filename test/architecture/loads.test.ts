import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));

it("every built module loads in Node itself, whose rules for packages are not the test runner's", () => {
  const modules = readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".js") && name !== "main.js",
  );
  expect(modules.length).toBeGreaterThan(100);
  const script = modules.map((name) => `import ${JSON.stringify(`./${name}`)};`).join("\n");
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: DIST, stdio: "pipe" });
});
