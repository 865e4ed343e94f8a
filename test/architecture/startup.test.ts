import { expect, it } from "vitest";
import { VERSION } from "../../src/core/version.js";
import { modules, resolveModule } from "./imports.js";

/** Everything that is loaded before a command runs: `unbatch --help` pays for no more than this. */
function staticClosure(entry: string): { modules: Set<string>; packages: Set<string> } {
  const all = modules();
  const seen = new Set([entry]);
  const packages = new Set<string>();
  for (const module of seen) {
    for (const { specifier, isDynamic, isTypeOnly } of all.get(module) ?? []) {
      if (isDynamic || isTypeOnly) continue;
      const target = resolveModule(module, specifier);
      if (target === undefined) packages.add(specifier);
      else seen.add(target);
    }
  }
  return { modules: seen, packages };
}

it("main.ts loads commander and core, and nothing else: a command is loaded when it is named", () => {
  const { modules: loaded, packages } = staticClosure("main.ts");
  expect(loaded.size).toBeGreaterThan(3);
  expect([...packages].filter((name) => !name.startsWith("node:"))).toEqual(["commander"]);
  const outside = [...loaded].filter((name) => !/^(main\.ts|cli\.ts|core\/[^/]+\.ts)$/.test(name));
  expect(outside).toEqual([]);
});

it("the closure follows imports: a command reaches its heavy parts only when it runs", () => {
  const { modules: loaded, packages } = staticClosure("commands/inspect/log.ts");
  expect(loaded.has("io/parquet/file.ts")).toBe(true);
  expect(packages.has("hyparquet")).toBe(true);
});

it("the list of commands is the same whether they are loaded or not", async () => {
  const { program } = await import("../../src/cli.js");
  const listed = (await program([])).helpInformation();
  const names = [...listed.matchAll(/^ {2}(\w+) (?:\[options\] )/gm)].map(([, name]) => name ?? "");
  expect(names.length).toBe(12);
  expect((await program(names)).helpInformation()).toBe(listed);
});

it("names the package's version", async () => {
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(text) as { version: string }).version).toBe(VERSION);
});
