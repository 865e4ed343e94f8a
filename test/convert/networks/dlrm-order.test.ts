import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Converted, convert } from "../../../src/convert/convert.js";
import { onnx } from "../../../src/convert/formats/onnx/reader.js";
import { seededRandom } from "../../../src/core/random.js";
import { memoryTree } from "../../support/tree.js";
import { configOf } from "../checkpoints.js";
import { initialiser, integers, node, onnxModel } from "../formats/onnx-models.js";
import { dense, goldenParity, identity } from "./made.js";

const [ROWS, WIDTH, UNITS] = [4, 3, 5];
const FEATURES = ["red", "green", "blue"];
/** Places among the stacked vectors; 0 is the numbers'. */
const ALL_PAIRS: [number, number][] = [
  [1, 0],
  [2, 0],
  [2, 1],
  [3, 0],
  [3, 1],
  [3, 2],
];
type Block = "dense" | "products" | "vectors";

/** How a network arranges what its upper layers read. */
interface Arrangement {
  /** Which feature is stacked at each place after the numbers. */
  stacked: readonly string[];
  pairs: readonly (readonly [number, number])[];
  blocks: readonly Block[];
  /** In which order vectors go up themselves. */
  raised: readonly string[];
}

const random = seededRandom(5);
const draw = (count: number): number[] => Array.from({ length: count }, () => random.normal());
const tables = new Map(FEATURES.map((name) => [name, draw(ROWS * WIDTH)]));
const [bottom, bottomBias] = [draw(WIDTH * 2), draw(WIDTH)];

function entering({ blocks }: Arrangement): number {
  const sizes = { dense: WIDTH, products: ALL_PAIRS.length, vectors: FEATURES.length * WIDTH };
  return blocks.reduce((sum, block) => sum + sizes[block], 0);
}

function upper(arrangement: Arrangement): { kernel: number[]; last: number[] } {
  const own = seededRandom(7);
  const of = (count: number): number[] => Array.from({ length: count }, () => own.normal());
  return { kernel: of(UNITS * entering(arrangement)), last: of(UNITS) };
}

/** As PyTorch exports it: stacked vectors, their product with themselves, and pairs taken from it by number. */
function modelOf(arrangement: Arrangement): Uint8Array {
  const { stacked, pairs, blocks, raised } = arrangement;
  const { kernel, last } = upper(arrangement);
  const count = stacked.length + 1;
  const vectors = ["x", ...stacked.map((name) => `${name}_row`)];
  const names = { dense: ["x"], products: ["taken"], vectors: raised.map((name) => `${name}_row`) };
  return onnxModel([
    ...[...tables].map(([name, values]) => initialiser(`${name}_table`, [ROWS, WIDTH], values)),
    ...[initialiser("w", [WIDTH, 2], bottom), initialiser("wb", [WIDTH], bottomBias)],
    ...[initialiser("k", [UNITS, entering(arrangement)], kernel), initialiser("l", [1, UNITS], last)],
    ...[
      integers("one", [1]),
      integers(
        "taken_at",
        pairs.map(([i, j]) => i * count + j),
      ),
    ],
    ...FEATURES.map((name) => node("Gather", [`${name}_table`, name], `${name}_row`)),
    ...[node("Gemm", ["numbers", "w", "wb"], "below", [["transB", 1]]), node("Tanh", ["below"], "x")],
    ...vectors.map((name) => node("Unsqueeze", [name, "one"], `${name}_3d`)),
    node(
      "Concat",
      vectors.map((name) => `${name}_3d`),
      "stack",
      [["axis", 1]],
    ),
    node("Transpose", ["stack"], "turned", [["perm", { integers: [0, 2, 1] }]]),
    node("MatMul", ["stack", "turned"], "products"),
    node("Flatten", ["products"], "flat", [["axis", 1]]),
    node("Gather", ["flat", "taken_at"], "taken", [["axis", 1]]),
    node(
      "Concat",
      blocks.flatMap((block) => names[block]),
      "above",
      [["axis", 1]],
    ),
    ...[node("Gemm", ["above", "k"], "hidden", [["transB", 1]]), node("Relu", ["hidden"], "active")],
    node("Gemm", ["active", "l"], "y", [["transB", 1]]),
  ]);
}

const COLUMNS = { red: [0, 3, 2], green: [1, 1, 0], blue: [2, 0, 3], d0: [0.5, -1, 0.1], d1: [1, 0.3, -2] };

function logitsOf(arrangement: Arrangement): number[] {
  const { stacked, pairs, blocks, raised } = arrangement;
  const { kernel, last } = upper(arrangement);
  const single = Math.fround;
  return COLUMNS.d0.map((d0, at) => {
    const numbers = [d0, COLUMNS.d1[at] ?? 0];
    const x = Array.from({ length: WIDTH }, (_, j) =>
      Math.tanh(
        numbers.reduce(
          (sum, one, i) => sum + one * single(bottom[j * 2 + i] ?? 0),
          single(bottomBias[j] ?? 0),
        ),
      ),
    );
    const row = (name: string): number[] => {
      const id = COLUMNS[name as "red" | "green" | "blue"][at] ?? 0;
      return (tables.get(name) ?? []).slice(id * WIDTH, (id + 1) * WIDTH).map(single);
    };
    const vectors = [x, ...stacked.map(row)];
    const products = pairs.map(([i, j]) =>
      (vectors[i] ?? []).reduce((sum, one, k) => sum + one * (vectors[j]?.[k] ?? 0), 0),
    );
    const parts = { dense: x, products, vectors: raised.flatMap(row) };
    const above = blocks.flatMap((block) => parts[block]);
    return last.reduce((score, weight, unit) => {
      const sum = above.reduce(
        (total, one, i) => total + one * single(kernel[unit * above.length + i] ?? 0),
        0,
      );
      return score + single(weight) * Math.max(0, sum);
    }, 0);
  });
}

function converted(arrangement: Arrangement): Converted {
  const checkpoint = onnx.read(memoryTree("m.onnx", { "m.onnx": modelOf(arrangement) }));
  const config = configOf({
    features: [
      ...FEATURES.map((name) => ({ name, encoder: identity(ROWS) })),
      ...["d0", "d1"].map((name) => ({ name, encoder: dense })),
    ],
    learner: { optimizer: { kind: "sgd", rate: 0.1 } },
  });
  const given = { checkpoint, config, vocabularies: new Map(), where: "m.onnx" };
  return convert(given, { slots: "exact", precision: "float64" });
}

const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...list], { minLength: list.length });

describe("the order of a DLRM, read from its ONNX graph", () => {
  it("is the graph's own, whatever it is", () => {
    let seen = 0;
    fc.assert(
      fc.property(
        shuffled(FEATURES),
        shuffled(FEATURES),
        shuffled(ALL_PAIRS),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        fc.constantFrom<readonly Block[]>(["dense", "products"], ["dense", "products", "vectors"]),
        fc.boolean(),
        (stacked, raised, list, isTurned, some, isReversed) => {
          const pairs = list.map(([i, j], at): [number, number] => (isTurned[at] === true ? [j, i] : [i, j]));
          const blocks = isReversed ? [...some].reverse() : some;
          const arrangement = { stacked, pairs, blocks, raised };
          const model = converted(arrangement);
          expect(model.source.recognised.family).toBe("dlrm");
          expect(model.bound.assumed.join()).toContain("as its graph says");
          const { report } = goldenParity(model, COLUMNS, logitsOf(arrangement));
          expect(report.maxAbsoluteDifference).toBeLessThan(1e-9);
          seen += report.rows;
        },
      ),
      { numRuns: 40, seed: 11 },
    );
    expect(seen).toBe(120);
  });

  it("is refused by name where a pair is left out, or a vector is multiplied with itself", () => {
    const plain = { stacked: FEATURES, blocks: ["dense", "products"] as const, raised: FEATURES };
    for (const pairs of [
      [...ALL_PAIRS.slice(1), [0, 0] as const],
      [...ALL_PAIRS.slice(1), [2, 1] as const],
    ])
      expect(() => converted({ ...plain, pairs })).toThrow(
        /6 products of 4 vectors, and not those of all pairs/,
      );
  });
});
