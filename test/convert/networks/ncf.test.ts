import { resolve } from "node:path";
import { expect, it } from "vitest";
import { openCheckpoint } from "../../../src/convert/open.js";
import { seededRandom } from "../../../src/core/random.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { convertFile, goldenParity, identity } from "./made.js";

const ROWS = 200;
const features = [
  { name: "user", encoder: identity(6040) },
  { name: "item", encoder: identity(3706) },
];

async function valuesOf(path: string): Promise<(name: string) => (at: number) => number> {
  const { tensors } = await openCheckpoint(openTree(path));
  return (name) => {
    const values = tensors.get(name)?.values() ?? [];
    return (at) => Number(values[at]);
  };
}

/** Users and items of MovieLens-1M by their row. */
function pairs(): { user: number[]; item: number[] } {
  const random = seededRandom(5);
  const draw = (size: number): number[] =>
    Array.from({ length: ROWS }, () => Math.floor(random.uniform() * size));
  return { user: draw(6040), item: draw(3706) };
}

describeWith("UNBATCH_DATA", "the published weights of neural collaborative filtering", (data) => {
  const folder = resolve(data, "checkpoints/keras_h5");

  it("GMF: a weight for each number of the product", async () => {
    const path = resolve(folder, "ncf_ml-1m_GMF_8.h5");
    const converted = await convertFile(path, { features });
    expect(converted.source.recognised.family).toBe("gmf");
    const of = await valuesOf(path);
    const [p, q, h, b] = [
      of("user_embedding_W"),
      of("item_embedding_W"),
      of("prediction_W"),
      of("prediction_b"),
    ];
    const { user, item } = pairs();
    const golden = user.map((u, row) => {
      const i = item[row] ?? 0;
      let sum = b(0);
      for (let k = 0; k < 8; k++) sum += p(u * 8 + k) * q(i * 8 + k) * h(k);
      return sum;
    });
    const { report } = goldenParity(converted, { user, item }, golden);
    expect(report.rows).toBe(ROWS);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-9);
  });

  it("MLP: 64 -> 32 -> 16 -> 8 -> 1, relu between", async () => {
    const path = resolve(folder, "ncf_ml-1m_MLP_64.h5");
    const converted = await convertFile(path, { features });
    expect(converted.source.recognised.family).toBe("ncf");
    const of = await valuesOf(path);
    const { user, item } = pairs();
    const [p, q] = [of("user_embedding_W"), of("item_embedding_W")];
    const golden = user.map((u, row) => {
      const i = item[row] ?? 0;
      let x = Array.from({ length: 64 }, (_, k) => (k < 32 ? p(u * 32 + k) : q(i * 32 + k - 32)));
      for (const [name, units] of [
        ["layer1", 32],
        ["layer2", 16],
        ["layer3", 8],
        ["prediction", 1],
      ] as const) {
        const [kernel, bias] = [of(`${name}_W`), of(`${name}_b`)];
        const sums = Array.from({ length: units }, (_, j) =>
          x.reduce((sum, v, k) => sum + v * kernel(k * units + j), bias(j)),
        );
        x = units === 1 ? sums : sums.map((sum) => (sum > 0 ? sum : 0));
      }
      return x[0] ?? Number.NaN;
    });
    const { report } = goldenParity(converted, { user, item }, golden);
    expect(report.rows).toBe(ROWS);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-9);
  });
});
