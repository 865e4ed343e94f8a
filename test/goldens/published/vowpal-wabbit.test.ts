import { expect, it } from "vitest";
import { describeWith } from "../../support/external.js";
import { numbers } from "../read.js";
import { type Interaction, readInteractions } from "./interact.js";
import { publishedWeights } from "./vowpal-wabbit.js";

interface Learned {
  predictions: number[];
  weights: Map<string, number>;
}

/**
 * Vowpal Wabbit's default update of a squared loss in float64: normalised, adaptive and invariant to the weight of an
 * event, at rate 0.5 (gd.cc; Ross, Mineiro and Langford 2013; Karampatziakis and Langford 2011). An event is predicted,
 * within the labels so far, and then learned.
 */
function learned(events: readonly Interaction[]): Learned {
  const [weights, squares, largest] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  const predictions: number[] = [];
  let [norms, least, most] = [0, 0, 0];
  for (const [at, { label, products }] of events.entries()) {
    const values = [...products, ["constant", 1] as const];
    [least, most] = [Math.min(least, label), Math.max(most, label)];
    const sum = values.reduce((total, [name, value]) => total + value * (weights.get(name) ?? 0), 0);
    const prediction = Math.min(Math.max(sum, least), most);
    predictions.push(prediction);
    const rates = new Map<string, number>();
    let perUpdate = 0;
    for (const [name, value] of values) {
      const [square, before] = [
        (squares.get(name) ?? 0) + 4 * (prediction - label) ** 2 * value ** 2,
        largest.get(name) ?? 0,
      ];
      const scale = Math.max(before, Math.abs(value));
      if (before > 0) weights.set(name, ((weights.get(name) ?? 0) * before) / scale);
      squares.set(name, square);
      largest.set(name, scale);
      norms += (value / scale) ** 2;
      rates.set(name, 1 / (Math.sqrt(square) * scale));
      perUpdate += value ** 2 / (Math.sqrt(square) * scale);
    }
    if (prediction === label) continue;
    const multiplier = Math.sqrt((at + 1) / norms);
    const reach = perUpdate * multiplier;
    const update = ((label - prediction) * (1 - Math.exp(-reach))) / reach;
    for (const [name, value] of values)
      weights.set(name, (weights.get(name) ?? 0) + update * multiplier * value * (rates.get(name) ?? 0));
  }
  return { predictions, weights };
}

describeWith("UNBATCH_DATA", "Vowpal Wabbit's test of --interact", (data) => {
  const folder = `${data}/checkpoints/vowpal_wabbit`;

  it("data read as here, learned by its rule, give its predictions and weights to the digits of its inverse roots", () => {
    const { predictions, weights } = learned(readInteractions(`${folder}/interact.dat`));
    const published = numbers(`${folder}/t288.predict`).flat();
    expect(predictions).toHaveLength(published.length);
    predictions.forEach((prediction, at) => {
      expect(Math.abs(prediction - (published[at] ?? Number.NaN))).toBeLessThan(5e-5);
    });
    const saved = publishedWeights(`${folder}/t288.readable`);
    expect([...weights.keys()].sort()).toEqual([...saved.keys()].sort());
    expect(saved.size).toBe(21);
    // rsqrtss is within 1.5 × 2^-12, and each weight has one for each of its updates.
    for (const [name, weight] of saved)
      expect(Math.abs((weights.get(name) ?? Number.NaN) / weight - 1)).toBeLessThan(2 ** -10);
  });
});
