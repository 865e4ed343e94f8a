import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../../src/convert/convert.js";
import type { Graph, GraphNode, Operation } from "../../../src/convert/graph.js";
import { checkpointOf, configOf, tensorOf } from "../checkpoints.js";
import { goldenParity } from "./made.js";

const [WIDTH, UNITS, EPSILON] = [3, 4, 1e-3];
const POSITIVE = [0.4, 1.7];
/** Two numbers normalised by themselves, beside an item's vector, below two layers: an order of inputs that is the test's. */
const SHAPES = {
  "item_embedding.weight": [5, WIDTH],
  "norm.weight": [2],
  "norm.bias": [2],
  "norm.running_mean": [2],
  "norm.running_var": tensorOf("norm.running_var", [2], POSITIVE),
  "mlp.0.weight": [UNITS, WIDTH + 2],
  "mlp.0.bias": [UNITS],
  "mlp.2.weight": [1, UNITS],
  "mlp.2.bias": [1],
};
const ROWS = { item: [0, 4, 2, 1], a: [0.5, -1, 2, 0], b: [3, 0.25, -2, 1] };
const dense = { kind: "dense" };
const ITEM = { name: "item", encoder: { kind: "identity", size: 5 } };
const NUMBERS = ["a", "b"].map((name) => ({ name, encoder: dense }));

function graphOf(inputs: readonly string[]): Graph {
  const node = (operation: Operation, ...from: string[]): GraphNode => ({ inputs: from, operation });
  const layer = (at: 0 | 2): Operation => ({
    ...{ kind: "layer", kernel: `mlp.${at}.weight`, bias: `mlp.${at}.bias`, layout: "transposed" },
    activation: at === 0 ? "tanh" : "linear",
  });
  const of = (part: string): string => `norm.${part}`;
  const nodes = new Map<string, GraphNode>([
    ...["item", "a_b"].map((name) => [name, node({ kind: "input" })] as const),
    ["vector", node({ kind: "rows", tensor: "item_embedding.weight" }, "item")],
    [
      "numbers",
      node(
        {
          kind: "batch-normalisation",
          ...{ mean: of("running_mean"), variance: of("running_var") },
          ...{ gamma: of("weight"), beta: of("bias"), epsilon: EPSILON },
        },
        "a_b",
      ),
    ],
    ["beside", node({ kind: "concatenation" }, ...inputs)],
    ["hidden", node(layer(0), "beside")],
    ["score", node(layer(2), "hidden")],
  ]);
  return { nodes, outputs: ["score"] };
}

function converted(checkpoint: Checkpoint, features: object[], more: object = {}): Converted {
  const config = configOf({ features, learner: { optimizer: { kind: "sgd", rate: 0.1 } }, ...more });
  const given = { checkpoint, config, vocabularies: new Map(), where: "model" };
  return convert(given, { slots: "exact", precision: "float64" });
}

/** The forward pass, BatchNorm where it stands. */
function golden({ tensors }: Checkpoint, isVectorFirst: boolean, hidden: (x: number) => number): number[] {
  const at = (name: string, index: number): number => Number(tensors.get(name)?.values()[index]);
  return ROWS.item.map((item, row) => {
    const vector = Array.from({ length: WIDTH }, (_, k) => at("item_embedding.weight", item * WIDTH + k));
    const numbers = [ROWS.a[row] ?? 0, ROWS.b[row] ?? 0].map(
      (value, k) =>
        (at("norm.weight", k) * (value - at("norm.running_mean", k))) /
          Math.sqrt(at("norm.running_var", k) + EPSILON) +
        at("norm.bias", k),
    );
    const x = isVectorFirst ? [...vector, ...numbers] : [...numbers, ...vector];
    let score = at("mlp.2.bias", 0);
    for (let j = 0; j < UNITS; j++) {
      const sum = x.reduce(
        (total, value, i) => total + value * at("mlp.0.weight", j * x.length + i),
        at("mlp.0.bias", j),
      );
      score += at("mlp.2.weight", j) * hidden(sum);
    }
    return score;
  });
}

describe("BatchNorm of the numbers alone, beside vectors", () => {
  it.each([
    ["numbers", "vector"],
    ["vector", "numbers"],
  ])("is folded into their rows of the first layer, as a graph says: %s, %s", (...inputs) => {
    const checkpoint = { ...checkpointOf(SHAPES), graph: graphOf(inputs) };
    const model = converted(checkpoint, [...NUMBERS, ITEM]);
    expect(model.source.recognised.evidence.join()).toContain("its own graph");
    const logits = golden(checkpoint, inputs[0] === "vector", Math.tanh);
    const { report } = goldenParity(model, ROWS, logits);
    expect(report.rows).toBe(4);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-12);
    expect(model.tensors.find(({ table }) => table === "deep/kernel_0")?.note).toContain(
      "BatchNorm norm folded in",
    );
  });

  it.each([
    ["before", [...NUMBERS, ITEM], false],
    ["after", [ITEM, ...NUMBERS], true],
  ] as const)(
    "is found by its width in a state_dict, with the numbers %s the vector",
    (_, features, isVectorFirst) => {
      const checkpoint = checkpointOf(SHAPES);
      const model = converted(checkpoint, [...features], { checkpoint: { batchNormEpsilon: EPSILON } });
      expect(model.bound.assumed.join("\n")).toContain(
        "BatchNorm norm of what enters mlp.0.weight (the 2 that vectors leave of its 5: the dense features)",
      );
      const logits = golden(checkpoint, isVectorFirst, (x) => Math.max(0, x));
      expect(goldenParity(model, ROWS, logits).report.maxAbsoluteDifference).toBeLessThan(1e-12);
    },
  );

  it("is refused where the numbers do not stand together: which of them it is of, nothing says", () => {
    const apart = [NUMBERS[0] ?? {}, ITEM, NUMBERS[1] ?? {}];
    expect(() => converted(checkpointOf(SHAPES), apart)).toThrow(
      /shape \[2\] as deep\/norm_in_0\/\w+\n.*\[5\] \(what enters the layer\)/,
    );
  });
});
