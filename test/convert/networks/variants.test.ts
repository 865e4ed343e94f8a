import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { requireParity } from "../../../src/convert/parity/parity.js";
import { anyColumnOf } from "../../../src/convert/parity/rows.js";
import { fittingVariant } from "../../../src/convert/parity/variants.js";
import { convertFile, dense, goldenParity, identity, jsonOf, MADE } from "./made.js";

const SIZES: Record<string, number> = { user: 20, item: 30, category: 7 };
const featuresOf = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, encoder: SIZES[name] === undefined ? dense : identity(SIZES[name]) }));

/** What the error of a conversion that misses its golden scores says to do. */
async function adviceFor(name: string, features: readonly string[], more: object = {}): Promise<string> {
  const path = resolve(MADE, `networks/${name}.safetensors`);
  const { logit = [], ...columns } = jsonOf<Record<string, number[]>>(`networks/${name}.json`);
  const converted = await convertFile(path, { features: featuresOf(features), ...more });
  const parity = goldenParity(converted, columns, logit);
  const rows = {
    kind: "golden" as const,
    rows: logit.length,
    columns: new Map(Object.entries(columns).map(([key, values]) => [key, anyColumnOf(values)])),
    golden: Float64Array.from(logit),
  };
  try {
    requireParity(parity, path, () => fittingVariant(converted.source, converted.bound, rows, 1e-5));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "no error";
}

const ALL = ["user", "item", "category", "price", "age"];

describe("a conversion that misses its golden scores says which other reading meets them", () => {
  it.each([
    [
      "the order of pairs",
      "dlrm_upper",
      ALL,
      {},
      "checkpoint: { interaction: { vectors: [dense, user, item, category], pairs: upper, above: [dense, products] } }",
    ],
    [
      "the order of inputs",
      "dcn",
      ["item", "user", "price", "age"],
      {},
      "inputs in the order user, item, price, age in model.terms",
    ],
    [
      "the activation",
      "ncf_norm_before",
      ["user", "item"],
      {
        model: {
          terms: [
            {
              kind: "deep",
              inputs: [
                { feature: "user", width: 4 },
                { feature: "item", width: 4 },
              ],
              hidden: [6, 6],
              activation: "tanh",
            },
          ],
        },
      },
      "activation: relu in model.terms",
    ],
  ] as const)("%s", async (_, name, features, more, advice) => {
    expect(await adviceFor(name, features, more)).toContain(
      `the golden scores are met with ${advice}: set it`,
    );
  });

  it("and says to check everything where none does", async () => {
    const scaled = featuresOf(["user", "item", "price"]).map((feature, at) =>
      at === 2 ? { ...feature, encoder: { kind: "dense", scale: 2 } } : feature,
    );
    const path = resolve(MADE, "networks/dcn_v2.safetensors");
    const { logit = [], ...columns } = jsonOf<Record<string, number[]>>("networks/dcn_v2.json");
    const converted = await convertFile(path, { features: scaled });
    const parity = goldenParity(converted, columns, logit);
    expect(() => requireParity(parity, path, () => undefined)).toThrow(
      /check the encoders, the order of features/,
    );
    expect(await adviceFor("dcn_v2", ["user", "item", "price"])).toBe("no error");
  });
});
