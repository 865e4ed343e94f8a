import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));

export interface Import {
  /** As written: "./x.js", "node:fs", "commander". */
  specifier: string;
  /** `await import()`, or a type in an `import()` expression. */
  isDynamic: boolean;
  isTypeOnly: boolean;
}

/** Imports of a TypeScript module, found in its text without comments. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found: Import[] = [];
  for (const match of code.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gm,
  )) {
    found.push({ specifier: match[2] ?? "", isDynamic: false, isTypeOnly: match[1] !== undefined });
  }
  for (const match of code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)) {
    found.push({ specifier: match[1] ?? "", isDynamic: true, isTypeOnly: false });
  }
  return found;
}

/** Every module below src, by its path there. */
export function modules(): Map<string, Import[]> {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return new Map(names.map((name) => [name, importsOf(readFileSync(join(SOURCE, name), "utf8"))]));
}

/** "../core/x.js" from "io/y.ts" -> "core/x.ts"; undefined for packages and node's own modules. */
export function resolveModule(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return relative(".", join(dirname(from), specifier)).replace(/\.js$/, ".ts");
}
