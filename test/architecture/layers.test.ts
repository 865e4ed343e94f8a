import { describe, expect, it } from "vitest";
import { type Import, importsOf, modules, resolveModule } from "./imports.js";

/** DESIGN's table: which layer may import which, and which packages are a layer's business. */
const layers: Readonly<Record<string, { layers: readonly string[]; packages: readonly string[] }>> = {
  core: { layers: [], packages: [] },
  config: { layers: ["core"], packages: ["yaml", "zod", "jsep"] },
  model: { layers: ["core"], packages: ["node:crypto"] },
  convert: {
    layers: ["core", "config", "model"],
    // The HDF5 library runs in a thread, which can be stopped.
    packages: ["node:zlib", "node:crypto", "h5wasm", "node:worker_threads", "node:url"],
  },
  measure: { layers: ["core"], packages: ["@stdlib"] },
  replay: { layers: ["core", "config", "model", "measure"], packages: [] },
  compare: { layers: ["core", "config", "model", "measure", "replay"], packages: [] },
  report: { layers: ["core", "measure"], packages: ["chalk"] },
  io: {
    layers: ["core"],
    packages: [
      "hyparquet",
      "hyparquet-compressors",
      "hyparquet-writer",
      "zstddec",
      "apache-arrow",
      "cli-progress",
      "node:",
    ],
  },
  commands: {
    layers: ["core", "config", "model", "convert", "measure", "replay", "compare", "report", "io"],
    packages: ["commander", "node:"],
  },
  /** main.ts and cli.ts. */
  "": { layers: ["core", "commands"], packages: ["commander"] },
};

/** The package's types: it may name any layer's, and load none. */
const TYPES = "index.ts";

function layerOf(module: string): string {
  return module.includes("/") ? (module.split("/")[0] ?? "") : "";
}

function violations(module: string, imports: readonly Import[]): string[] {
  const layer = layerOf(module);
  const allowed = layers[layer];
  if (module === TYPES)
    return imports.filter(({ isTypeOnly }) => !isTypeOnly).map(({ specifier }) => specifier);
  if (allowed === undefined) return [`${module}: no such layer`];
  return imports.flatMap(({ specifier }) => {
    const target = resolveModule(module, specifier);
    if (target === undefined) {
      const name = specifier.startsWith("node:") ? specifier : (specifier.split("/")[0] ?? "");
      const isAllowed = allowed.packages.some(
        (one) => name === one || (one === "node:" && name.startsWith("node:")),
      );
      return isAllowed ? [] : [`${module}: package ${specifier}`];
    }
    const to = layerOf(target);
    return to === layer || allowed.layers.includes(to) ? [] : [`${module}: ${target}`];
  });
}

describe("layers", () => {
  it("import only what DESIGN's table lets them", () => {
    const all = modules();
    expect(all.size).toBeGreaterThan(80);
    const seen = new Set([...all.keys()].map(layerOf));
    expect([...seen].sort()).toEqual(Object.keys(layers).sort());
    expect([...all].flatMap(([module, imports]) => violations(module, imports))).toEqual([]);
  });

  it("would notice a violation of each kind", () => {
    const source = `import { x } from "../io/files.js";\nimport type { y } from "node:fs";\nawait import("../replay/clock.js");`;
    expect(violations("measure/roc-auc.ts", importsOf(source))).toEqual([
      "measure/roc-auc.ts: io/files.ts",
      "measure/roc-auc.ts: package node:fs",
      "measure/roc-auc.ts: replay/clock.ts",
    ]);
    expect(violations("model/x.ts", importsOf(`import chalk from "chalk";`))).toHaveLength(1);
    expect(violations("elsewhere/x.ts", [])).toHaveLength(1);
  });

  it("keeps one idea a file: none is long", async () => {
    const { readFileSync } = await import("node:fs");
    const { SOURCE } = await import("./imports.js");
    const lengths = [...modules().keys()].map((name) => ({
      name,
      lines: readFileSync(`${SOURCE}/${name}`, "utf8").split("\n").length,
    }));
    expect(lengths.length).toBeGreaterThan(80);
    expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
  });
});
