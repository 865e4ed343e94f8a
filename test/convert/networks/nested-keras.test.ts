import { describe, expect, it } from "vitest";
import type { Converted } from "../../../src/convert/convert.js";
import { convert } from "../../../src/convert/convert.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { seededRandom } from "../../../src/core/random.js";
import { memoryTree } from "../../support/tree.js";
import { configOf } from "../checkpoints.js";
import { zip } from "../formats/pickles.js";
import { goldenParity, identity } from "./made.js";

const [USERS, ITEMS, WIDTH] = [5, 7, 3];

/** One weight: in a file of Keras 2 under its outermost layer, in one of Keras 3 under classes and their numbers. */
interface Weight {
  keras2: string;
  keras3: string;
  shape: [number, number] | [number];
  values: Float32Array;
}

const random = seededRandom(21);
function weight(keras2: string, keras3: string, ...shape: Weight["shape"]): Weight {
  const count = shape.reduce<number>((product, size) => product * size, 1);
  return { keras2, keras3, shape, values: Float32Array.from({ length: count }, () => random.normal()) };
}

type Layer = { class_name: string; config: object; inbound_nodes?: unknown };

const layer = (kind: string, name: string, ...from: string[]): Layer => ({
  class_name: kind,
  config: { name },
  inbound_nodes: from.length === 0 ? [] : [from.map((one) => [one, 0, 0, {}])],
});
const dense = (name: string, activation: string, ...from: string[]): Layer => ({
  ...layer("Dense", name, ...from),
  config: { name, activation },
});
const functional = (name: string, layers: Layer[], inputs: string[], output: string): Layer => ({
  class_name: "Functional",
  config: {
    ...{ name, layers },
    input_layers: inputs.map((input) => [input, 0, 0]),
    output_layers: [[output, 0, 0]],
  },
});

/** As Keras 3 writes what a layer reads. */
function asKeras3(one: Layer): Layer {
  const { layers } = one.config as { layers?: Layer[] };
  const config = layers === undefined ? one.config : { ...one.config, layers: layers.map(asKeras3) };
  const args = (one.inbound_nodes as unknown[][] | undefined)?.map((references) => ({
    args: [
      references.map((reference) => ({
        class_name: "__keras_tensor__",
        config: { keras_history: (reference as unknown[]).slice(0, 3) },
      })),
    ],
    kwargs: {},
  }));
  return { ...one, config, ...(args === undefined ? {} : { inbound_nodes: args }) };
}

async function hdf5(
  config: Layer | undefined,
  weights: readonly (readonly [string, Weight])[],
): Promise<Uint8Array> {
  const { File, Group, ready } = await import("h5wasm");
  const { FS } = await ready;
  const file = new File("/nested.h5", "w");
  if (config !== undefined) file.create_attribute("model_config", JSON.stringify(config));
  for (const [path, { shape, values }] of weights) {
    const names = path.split("/");
    const last = names.pop() ?? "";
    let group = file as InstanceType<typeof Group>;
    for (const name of names) {
      const found = group.get(name);
      group = found instanceof Group ? found : group.create_group(name);
    }
    group.create_dataset({ name: last, data: values, shape });
  }
  file.close();
  return FS.readFile("/nested.h5") as Uint8Array;
}

/** The same model as a file of Keras 2 and of Keras 3, converted. */
async function bothForms(config: Layer, weights: readonly Weight[], told: object = {}): Promise<Converted[]> {
  const second = await hdf5(
    config,
    weights.map((one) => [`model_weights/${one.keras2}:0`, one]),
  );
  const third = zip([
    { name: "config.json", bytes: Buffer.from(JSON.stringify(asKeras3(config))) },
    {
      name: "model.weights.h5",
      bytes: await hdf5(
        undefined,
        weights.map((one) => [`layers/${one.keras3}`, one]),
      ),
    },
  ]);
  const settings = configOf({
    features: [
      { name: "user", encoder: identity(USERS) },
      { name: "item", encoder: identity(ITEMS) },
    ],
    learner: { optimizer: { kind: "sgd", rate: 0.1 } },
    checkpoint: told,
  });
  const forms: Converted[] = [];
  for (const [name, bytes] of [
    ["m.h5", second],
    ["m.keras", third],
  ] as const) {
    const checkpoint = await openCheckpoint(memoryTree(name, { [name]: bytes }));
    const given = { checkpoint, config: settings, vocabularies: new Map(), where: name };
    forms.push(convert(given, { slots: "exact", precision: "float64" }));
  }
  return forms;
}

const rows = { user: [0, 1, 2, 3, 4, 4], item: [6, 5, 0, 1, 2, 3] };

function row({ values, shape: [, width = 1] }: Weight, at: number): number[] {
  return Array.from(values.subarray(at * width, (at + 1) * width));
}

function fully({ values, shape: [, units = 1] }: Weight, bias: Weight, x: readonly number[]): number[] {
  return Array.from({ length: units }, (_, j) =>
    x.reduce((sum, value, i) => sum + value * (values[i * units + j] ?? 0), bias.values[j] ?? 0),
  );
}
const relu = (x: readonly number[]): number[] => x.map((value) => Math.max(0, value));

function expectGolden(forms: readonly Converted[], score: (user: number, item: number) => number): void {
  expect(forms.length).toBe(2);
  for (const converted of forms) {
    const logits = rows.user.map((user, at) => score(user, rows.item[at] ?? 0));
    const { report } = goldenParity(converted, rows, logits);
    expect(report.rows).toBe(6);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-6);
    expect(converted.source.recognised.evidence.join()).toContain("its own graph, from");
  }
}

describe("models of Keras inside a model", () => {
  it("two Functional towers whose layers are called alike", async () => {
    const tower = (name: string): Layer =>
      functional(
        name,
        [
          layer("InputLayer", "id"),
          layer("Embedding", "emb", "id"),
          layer("Flatten", "flat", "emb"),
          dense("hidden", "relu", "flat"),
          dense("out", "linear", "hidden"),
        ],
        ["id"],
        "out",
      );
    const called = (model: Layer, from: string): Layer => ({ ...model, inbound_nodes: [[[from, 0, 0, {}]]] });
    const config = functional(
      "outer",
      [
        ...[layer("InputLayer", "user_id"), layer("InputLayer", "item_id")],
        ...[called(tower("user_tower"), "user_id"), called(tower("item_tower"), "item_id")],
        layer("Dot", "score", "user_tower", "item_tower"),
      ],
      ["user_id", "item_id"],
      "score",
    );
    const towerWeights = (
      name: string,
      group: string,
      ids: number,
    ): [Weight, Weight, Weight, Weight, Weight] => [
      weight(`${name}/emb/embeddings`, `${group}/layers/embedding/vars/0`, ids, WIDTH),
      weight(`${name}/hidden/kernel`, `${group}/layers/dense/vars/0`, WIDTH, 4),
      weight(`${name}/hidden/bias`, `${group}/layers/dense/vars/1`, 4),
      weight(`${name}/out/kernel`, `${group}/layers/dense_1/vars/0`, 4, 2),
      weight(`${name}/out/bias`, `${group}/layers/dense_1/vars/1`, 2),
    ];
    const [left, right] = [
      towerWeights("user_tower", "functional", USERS),
      towerWeights("item_tower", "functional_1", ITEMS),
    ];
    const vector = ([table, k0, b0, k1, b1]: typeof left, id: number): number[] =>
      fully(k1, b1, relu(fully(k0, b0, row(table, id))));
    const forms = await bothForms(config, [...left, ...right]);
    expect(forms.map(({ source }) => source.recognised.family)).toEqual(["two-tower", "two-tower"]);
    expectGolden(forms, (user, item) => {
      const other = vector(right, item);
      return vector(left, user).reduce((sum, value, k) => sum + value * (other[k] ?? 0), 0);
    });
  });

  it("a Sequential stack in a Functional model", async () => {
    const stack: Layer = {
      class_name: "Sequential",
      config: {
        name: "mlp",
        layers: [layer("InputLayer", "in"), dense("one", "relu"), dense("two", "sigmoid")],
      },
      inbound_nodes: [[["beside", 0, 0, {}]]],
    };
    const config = functional(
      "outer",
      [
        ...[layer("InputLayer", "user_id"), layer("InputLayer", "item_id")],
        ...[layer("Embedding", "user_emb", "user_id"), layer("Embedding", "item_emb", "item_id")],
        layer("Concatenate", "beside", "item_emb", "user_emb"),
        stack,
      ],
      ["user_id", "item_id"],
      "mlp",
    );
    const [p, q, k0, b0, k1, b1] = [
      weight("user_emb/user_emb/embeddings", "embedding/vars/0", USERS, WIDTH),
      weight("item_emb/item_emb/embeddings", "embedding_1/vars/0", ITEMS, WIDTH),
      weight("mlp/one/kernel", "sequential/layers/dense/vars/0", 2 * WIDTH, 4),
      weight("mlp/one/bias", "sequential/layers/dense/vars/1", 4),
      weight("mlp/two/kernel", "sequential/layers/dense_1/vars/0", 4, 1),
      weight("mlp/two/bias", "sequential/layers/dense_1/vars/1", 1),
    ] as const;
    const forms = await bothForms(config, [p, q, k0, b0, k1, b1]);
    expect(forms.map(({ source }) => source.recognised.family)).toEqual(["ncf", "ncf"]);
    expectGolden(
      forms,
      (user, item) => fully(k1, b1, relu(fully(k0, b0, [...row(q, item), ...row(p, user)])))[0] ?? 0,
    );
  });

  it("of two outputs the chosen one's own layers learn, and the shared stack inside rests", async () => {
    const stack: Layer = {
      class_name: "Sequential",
      config: { name: "shared", layers: [layer("InputLayer", "in"), dense("one", "relu")] },
      inbound_nodes: [[["beside", 0, 0, {}]]],
    };
    const config: Layer = {
      class_name: "Functional",
      config: {
        name: "outer",
        layers: [
          ...[layer("InputLayer", "user_id"), layer("InputLayer", "item_id")],
          ...[layer("Embedding", "user_emb", "user_id"), layer("Embedding", "item_emb", "item_id")],
          ...[layer("Concatenate", "beside", "user_emb", "item_emb"), stack],
          ...[dense("click", "sigmoid", "shared"), dense("buy", "sigmoid", "shared")],
        ],
        input_layers: [
          ["user_id", 0, 0],
          ["item_id", 0, 0],
        ],
        output_layers: [
          ["click", 0, 0],
          ["buy", 0, 0],
        ],
      },
    };
    const [p, q, k0, b0, k1, b1] = [
      weight("user_emb/user_emb/embeddings", "embedding/vars/0", USERS, WIDTH),
      weight("item_emb/item_emb/embeddings", "embedding_1/vars/0", ITEMS, WIDTH),
      weight("shared/one/kernel", "sequential/layers/dense/vars/0", 2 * WIDTH, 4),
      weight("shared/one/bias", "sequential/layers/dense/vars/1", 4),
      weight("click/click/kernel", "dense/vars/0", 4, 1),
      weight("click/click/bias", "dense/vars/1", 1),
    ] as const;
    const others = [
      weight("buy/buy/kernel", "dense_1/vars/0", 4, 1),
      weight("buy/buy/bias", "dense_1/vars/1", 1),
    ];
    const weights = [p, q, k0, b0, k1, b1, ...others];
    await expect(bothForms(config, weights)).rejects.toThrow(
      /2 outputs, click, buy: name one with checkpoint.head/,
    );
    const forms = await bothForms(config, weights, { head: "click" });
    expectGolden(
      forms,
      (user, item) => fully(k1, b1, relu(fully(k0, b0, [...row(p, user), ...row(q, item)])))[0] ?? 0,
    );
    for (const { model, source, tensors } of forms) {
      expect(source.recognised.otherHeads).toEqual(["buy"]);
      expect(model.spec.learner.optimizers).toMatchObject({
        ...{ "deep/layers": { kind: "frozen" }, "deep/kernel_1": { kind: "sgd", rate: 0.01 } },
      });
      const outcomes = new Map(tensors.map(({ name, outcome }) => [name, outcome]));
      expect(
        ["one/kernel", "click/kernel", "buy/kernel"].map(
          (end) => [...outcomes].find(([name]) => name.endsWith(end))?.[1],
        ),
      ).toEqual(["frozen", "transferred", "dropped"]);
    }
  });
});
