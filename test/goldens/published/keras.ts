import { openCheckpoint } from "../../../src/convert/open.js";
import { seededRandom } from "../../../src/core/random.js";
import { openTree } from "../../../src/io/files.js";
import { converted } from "../convert.js";
import { type Golden, identity, type Proof, TOLERANCE } from "../golden.js";

const [USERS, ITEMS, ROWS] = [6040, 3706, 200];
const against = "the network of its repository's code, by hand";

/**
 * The weights that He et al. published with "Neural Collaborative Filtering" (2017), which have no outputs beside them:
 * scored as GMF.py and MLP.py there say, in float64.
 */
export function ncfGoldens(): Golden[] {
  return [
    {
      file: "data/keras_h5/ncf_ml-1m_GMF_8.h5",
      against,
      tolerance: TOLERANCE,
      prove: (path) =>
        scored(path, (of, user, item) => {
          const [p, q] = [row(of("user_embedding_W"), user, 8), row(of("item_embedding_W"), item, 8)];
          const product = p.map((value, k) => value * (q[k] ?? 0));
          return layer(product, of("prediction_W"), of("prediction_b"))[0] ?? Number.NaN;
        }),
    },
    {
      file: "data/keras_h5/ncf_ml-1m_MLP_64.h5",
      against,
      tolerance: TOLERANCE,
      prove: (path) =>
        scored(path, (of, user, item) => {
          const p = row(of("user_embedding_W"), user, 32);
          let x = [...p, ...row(of("item_embedding_W"), item, 32)];
          for (const name of ["layer1", "layer2", "layer3"])
            x = layer(x, of(`${name}_W`), of(`${name}_b`)).map((value) => Math.max(0, value));
          return layer(x, of("prediction_W"), of("prediction_b"))[0] ?? Number.NaN;
        }),
    },
  ];
}

type Weights = (name: string) => readonly number[];

async function scored(
  path: string,
  score: (of: Weights, user: number, item: number) => number,
): Promise<Proof> {
  const { tensors } = await openCheckpoint(openTree(path));
  const all = new Map([...tensors].map(([name, { values }]) => [name, Array.from(values(), Number)]));
  const of: Weights = (name) => all.get(name) ?? [];
  const random = seededRandom(5);
  const draw = (size: number): number[] =>
    Array.from({ length: ROWS }, () => Math.floor(random.uniform() * size));
  const [user, item] = [draw(USERS), draw(ITEMS)];
  const features = [
    { name: "user", encoder: identity(USERS) },
    { name: "item", encoder: identity(ITEMS) },
  ];
  const scores = user.map((u, at) => score(of, u, item[at] ?? Number.NaN));
  return await converted(path, { config: { features }, columns: { user, item }, scores });
}

function row(table: readonly number[], at: number, width: number): number[] {
  return table.slice(at * width, (at + 1) * width);
}

/** x W + b; W row by row. */
export function layer(x: readonly number[], kernel: readonly number[], bias: readonly number[]): number[] {
  return bias.map((start, j) =>
    x.reduce((sum, value, k) => sum + value * (kernel[k * bias.length + j] ?? Number.NaN), start),
  );
}
