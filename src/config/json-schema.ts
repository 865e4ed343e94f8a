import { z } from "zod";
import { configSchema } from "./schema.js";

/** JSON Schema (draft 2020-12) of unbatch.yaml as a person writes it, for editors: schema/unbatch.schema.json. */
export function unbatchJsonSchema(): object {
  return {
    title: "unbatch.yaml",
    ...z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12", unrepresentable: "any" }),
  };
}
