import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { unbatchJsonSchema } from "../../src/config/json-schema.js";
import { parseConfig } from "../../src/config/load.js";

const root = new URL("../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");

describe("what is written about unbatch.yaml", () => {
  it("every whole example of docs/unbatch-yaml.md parses", () => {
    const blocks = [...read("docs/unbatch-yaml.md").matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, text]) => text ?? "",
    );
    const whole = blocks.filter((text) => text.startsWith("version: 1"));
    expect(whole.length).toBe(25);
    whole.forEach((text, index) => {
      expect(parseConfig(text, `block ${index + 1}`).version).toBe(1);
    });
  });

  it("every example parses", () => {
    const names = readdirSync(new URL("examples/", root)).filter((name) => !name.endsWith(".md"));
    expect(names.sort()).toEqual(["movietweetings", "residual", "taxi"]);
    for (const name of names)
      expect(parseConfig(read(`examples/${name}/unbatch.yaml`), name).features.length).toBeGreaterThan(1);
  });

  it("the JSON Schema in the package is that of the code", () => {
    expect(JSON.parse(read("schema/unbatch.schema.json"))).toEqual(
      JSON.parse(JSON.stringify(unbatchJsonSchema())),
    );
  });

  it("every key of the schema is explained", () => {
    const text = read("docs/unbatch-yaml.md");
    const keys = new Set<string>();
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if ("properties" in node && typeof node.properties === "object" && node.properties !== null) {
        for (const key of Object.keys(node.properties)) keys.add(key);
      }
      for (const inner of Object.values(node)) visit(inner);
    };
    visit(unbatchJsonSchema());
    expect(keys.size).toBeGreaterThan(60);
    const missing = [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text));
    expect(missing).toEqual([]);
  });
});
