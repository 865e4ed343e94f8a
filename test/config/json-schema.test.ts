import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { unbatchJsonSchema } from "../../src/config/json-schema.js";

const schema: unknown = JSON.parse(JSON.stringify(unbatchJsonSchema()));

it("schema/unbatch.schema.json is what the code checks by (else: npm run fixtures)", () => {
  const text = readFileSync(new URL("../../schema/unbatch.schema.json", import.meta.url), "utf8");
  expect(text).toBe(`${JSON.stringify(schema, null, 2)}\n`);
});

/** Keys with a schema that an editor could explain, and those that it could not. */
function keysOf(node: unknown, path: string, into: { described: string[]; bare: string[] }): void {
  if (typeof node !== "object" || node === null) return;
  for (const [key, inner] of Object.entries(node)) {
    if (key === "properties") {
      for (const [name, property] of Object.entries(inner as Record<string, object>))
        into["description" in property ? "described" : "bare"].push(`${path}.${name}`);
    }
    keysOf(inner, /^(properties|anyOf|oneOf|items|\d+)$/.test(key) ? path : `${path}.${key}`, into);
  }
}

it("explains every key, so that editors can", () => {
  const keys = { described: [], bare: [] };
  keysOf(schema, "", keys);
  expect(keys.described.length).toBeGreaterThan(100);
  expect(keys.bare).toEqual([]);
});

it("takes durations as texts and leaves out what has a default", () => {
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
    required: ["version", "log"],
    properties: { replay: { properties: { window: { type: "string" } } } },
  });
});
