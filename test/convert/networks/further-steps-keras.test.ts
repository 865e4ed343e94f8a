import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { plainLearner } from "../../../src/model/learner.js";
import { batchOf } from "../../support/learner.js";
import { beside, layer, Parameter, row, slotIn, tensorIn } from "./float64-loop.js";
import { adagrad, adamInRate, converted, draw, error, expectAlike, STEPS } from "./further-steps.js";
import { identity } from "./made.js";

describe(`${STEPS} further steps of Keras networks, as in a float64 loop`, () => {
  const [USERS, ITEMS, WIDTH] = [51, 71, 8];
  const features = [
    { name: "user", encoder: identity(USERS) },
    { name: "item", encoder: identity(ITEMS) },
  ];
  const NAMES = ["user_embedding/embeddings", "item_embedding/embeddings", "ctr/kernel", "ctr/bias"] as const;
  const RATE = Math.fround(0.001);
  const forms = [
    // As the file says.
    {
      file: "keras2_full.h5",
      memory: ["accumulator"],
      rule: adagrad(0.01),
      saved: 0,
      initial: 0.1,
      learner: {},
    },
    // keras.optimizers.Adam moves every row.
    {
      ...{
        file: "keras3_like.keras",
        memory: ["m", "v"],
        rule: adamInRate(RATE, 1e-7),
        saved: 1234,
        initial: 0,
      },
      learner: {
        optimizer: { kind: "adam", rate: RATE, epsilon: 1e-7, correction: "rate", touch: "dense" },
      },
    },
  ];
  const cases = forms.flatMap((form) => (["exact", "fresh"] as const).map((mode) => ({ ...form, mode })));

  it.each(cases)("$file, $mode", async ({ file, memory, rule, saved, initial, learner, mode }) => {
    const plain = { features, learner };
    const { checkpoint, state, slots } = await converted(`keras_like/${file}`, plain, mode);
    const taken = slots.filter(({ outcome }) => outcome === "transferred").length;
    expect(taken).toBe(mode === "exact" ? NAMES.length * memory.length : 0);
    const parameters = NAMES.map((name) => {
      const weights = tensorIn(checkpoint, name);
      const slots = memory.map((slot) =>
        mode === "exact" ? slotIn(checkpoint, name, slot) : weights.map(() => initial),
      );
      return new Parameter(weights, slots, { rule, steps: mode === "exact" ? saved : 0 });
    });
    const [p, q, kernel, bias] = parameters as [Parameter, Parameter, Parameter, Parameter];
    const random = seededRandom(9);
    const [users, items, labels] = [draw(random, USERS), draw(random, ITEMS), draw(random, 2)];
    for (const [at, label] of labels.entries()) {
      const vectors = beside([row(p, users[at] ?? 0, WIDTH), row(q, items[at] ?? 0, WIDTH)]);
      const score = layer(vectors, [kernel, bias], (i) => i, false);
      score.back([error(score.y[0] ?? 0, label)]);
      for (const parameter of parameters) parameter.update();
    }
    plainLearner(state)
      .over(batchOf({ labels, codes: { user: users, item: items } }))
      .learn(0, STEPS);
    const tables = ["deep/user", "deep/item", "deep/kernel_0", "deep/bias_0"];
    const compared = tables.map((table, at) => expectAlike(state, table, parameters[at] ?? bias));
    expect(compared).toEqual([USERS * WIDTH, ITEMS * WIDTH, 2 * WIDTH, 1]);
  });
});
