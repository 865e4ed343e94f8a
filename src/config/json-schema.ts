import { z } from "zod";
import { configSchema } from "./schema.js";

/** The JSON Schema (2020-12) of unbatch.yaml as it is written: durations are texts, defaults may be left out. */
export function unbatchJsonSchema(): object {
  return {
    title: "unbatch.yaml",
    ...z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12", unrepresentable: "any" }),
  };
}
