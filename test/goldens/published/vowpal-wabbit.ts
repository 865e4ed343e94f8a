import { converted } from "../convert.js";
import { dense, featuresOf, type Golden, TOLERANCE } from "../golden.js";
import { lines } from "../read.js";
import { readInteractions } from "./interact.js";

const NAMESPACE = "afeatures";
const CONSTANT = 116_060;

/** Vowpal Wabbit's own test of --interact: its data, and the weights that it learned from them. */
export function vowpalWabbitGoldens(data: string): Golden[] {
  return [
    {
      file: "data/vowpal_wabbit/t288.readable",
      against:
        "its weights on its data, by the numbers in their names (t288.predict was written while these were learned: a test of its own)",
      tolerance: TOLERANCE,
      prove: (path) => {
        const events = readInteractions(`${data}/vowpal_wabbit/interact.dat`);
        const weights = publishedWeights(path);
        const names = [...weights.keys()].filter((name) => name !== "constant");
        const scores = events.map(({ products }) =>
          [...products].reduce(
            (sum, [name, value]) => sum + value * (weights.get(name) ?? Number.NaN),
            weights.get("constant") ?? Number.NaN,
          ),
        );
        const column = (name: string): number[] => events.map(({ products }) => products.get(name) ?? 0);
        return converted(path, {
          config: {
            features: featuresOf(
              names.map((name) => `${NAMESPACE}^${name}`),
              dense,
            ),
          },
          columns: Object.fromEntries(names.map((name) => [`${NAMESPACE}^${name}`, column(name)])),
          scores,
        });
      },
    },
  ];
}

/** A name of digits is hashed to its number plus its namespace's hash, which is the index of the feature "0". */
export function publishedWeights(path: string): Map<string, number> {
  const all = lines(path);
  const pairs = all.slice(all.indexOf(":0") + 1).map((line) => line.split(":").map(Number));
  const start = pairs[0]?.[0] ?? Number.NaN;
  return new Map(
    pairs.map(([index = Number.NaN, weight = Number.NaN]) => [
      index === CONSTANT ? "constant" : String(index - start),
      weight,
    ]),
  );
}
