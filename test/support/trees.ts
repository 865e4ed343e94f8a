import fc from "fast-check";
import type { Tree, Trees } from "../../src/convert/trees.js";

/** Values at which something may go wrong: thresholds themselves, what rounds to them, zero's neighbours, what is missing. */
export const THRESHOLDS = [-1.5, 0, 0.1, 1 / 3, 2, 1e-36] as const;
export const VALUES: readonly number[] = [
  ...THRESHOLDS.flatMap((at) => [at, Math.fround(at), at + 1e-9, at - 1e-9]),
  ...[Number.NaN, -0, 1e-36, -1e-36, 3, 3.7, 40, -1, -0.5, 1e6],
];

const node = fc.record({
  feature: fc.nat(2),
  threshold: fc.constantFrom(...THRESHOLDS),
  defaultLeft: fc.nat(1),
  missing: fc.nat(2),
  categories: fc.option(fc.uniqueArray(fc.constantFrom(0, 1, 2, 3, 40), { minLength: 1 }), {
    nil: undefined,
    freq: 4,
  }),
  isRightFirst: fc.boolean(),
});

/** A tree of random splits: node i splits while there are splits left; children are numbered in order of growth. */
const tree: fc.Arbitrary<Tree> = fc
  .tuple(
    fc.array(node, { maxLength: 7 }),
    fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 15, maxLength: 15 }),
  )
  .map(([splits, leafValues]) => {
    const nodes = 2 * splits.length + 1;
    const at = (pick: (index: number) => number): number[] =>
      Array.from({ length: nodes }, (_, index) => pick(index));
    const child = (index: number, side: 0 | 1): number =>
      index < splits.length ? 2 * index + 1 + (splits[index]?.isRightFirst === true ? 1 - side : side) : 0;
    return {
      output: 0,
      feature: Int32Array.from(at((index) => splits[index]?.feature ?? -1)),
      threshold: Float64Array.from(at((index) => splits[index]?.threshold ?? 0)),
      left: Int32Array.from(at((index) => child(index, 0))),
      right: Int32Array.from(at((index) => child(index, 1))),
      defaultLeft: Uint8Array.from(at((index) => splits[index]?.defaultLeft ?? 0)),
      missing: Uint8Array.from(at((index) => splits[index]?.missing ?? 0)),
      categories: new Map(
        splits.flatMap(({ categories }, index) =>
          categories === undefined ? [] : [[index, new Set(categories)] as const],
        ),
      ),
      leafValue: Float64Array.from(at((index) => (index < splits.length ? 0 : (leafValues[index] ?? 0)))),
      firstLeaf: 0,
    };
  });

/** Trees over three features a, b, c, by the rules of any of the libraries. */
export const forests: fc.Arbitrary<Trees> = fc
  .record({
    trees: fc.array(tree, { minLength: 1, maxLength: 4 }),
    comparison: fc.constantFrom("float32-less", "float32-less-or-equal", "float64-less-or-equal"),
    listedCategories: fc.constantFrom("left", "right"),
    isAverage: fc.boolean(),
    base: fc.double({ min: -1, max: 1, noNaN: true }),
  })
  .map(
    ({ base, ...rest }): Trees => ({
      ...rest,
      trees: rest.trees.map((one) => ({
        ...one,
        // XGBoost and ONNX know one kind of missing; their thresholds are float32.
        ...(rest.comparison === "float64-less-or-equal"
          ? {}
          : { missing: one.missing.map(() => 2), threshold: one.threshold.map(Math.fround) }),
      })),
      features: 3,
      featureNames: ["a", "b", "c"],
      outputs: 1,
      baseMargins: Float64Array.of(base),
      objective: "binary:logistic",
    }),
  );
