import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Figure } from "../../src/core/figure.js";
import { positiveRanks } from "../../src/measure/catalogue/positive-ranks.js";
import { rankAmong } from "../../src/measure/catalogue/rank-among.js";
import { lossCurve } from "../../src/measure/convergence/loss-curve.js";
import { type DrawnRows, pairLoss } from "../../src/measure/drawn/drawn-pairs.js";
import { chosenRows } from "../../src/measure/novelty.js";
import { qualityOf } from "../../src/measure/quality.js";
import { slice } from "../../src/measure/scored.js";

const score = fc.integer({ min: -4, max: 4 });
const event = fc.record({ weight: fc.nat(3), scores: fc.array(score, { minLength: 1, maxLength: 5 }) });
type Event = { weight: number; scores: number[] };
const events = fc.array(event, { minLength: 1, maxLength: 12 });

const sampledAuc = (rows: DrawnRows): Figure | undefined => qualityOf(rows, "bpr").sampledAuc;

function rowsOf(list: readonly Event[]): DrawnRows {
  const every = (of: (one: Event, at: number, event: number) => number): Float64Array =>
    Float64Array.from(list.flatMap((one, index) => one.scores.map((_, at) => of(one, at, index))));
  return {
    predictions: every(({ scores }, at) => scores[at] ?? 0),
    labels: every((_, at) => Number(at === 0)),
    weights: every(({ weight }) => weight),
    drawn: {
      event: every((_, _at, index) => 10 + index),
      ranks: every((_, at, index) => (at === 0 && index % 2 === 0 ? index + 1 : Number.NaN)),
    },
  };
}

describe("pairs of what was taken and what was drawn", () => {
  it("are won, and lose, as counted one by one", () => {
    let counted = 0;
    fc.assert(
      fc.property(events, (list) => {
        const useful = list.filter(({ scores }) => scores.length > 1);
        const weight = useful.reduce((sum, one) => sum + one.weight, 0);
        const [auc, loss] = [sampledAuc(rowsOf(list)), pairLoss(rowsOf(list))];
        if (weight === 0) {
          const code = useful.length === 0 ? "no-groups" : "no-weight";
          expect([auc, loss]).toMatchObject([{ refused: code }, { refused: code }]);
          return;
        }
        let [wins, losses] = [0, 0];
        for (const { weight: own, scores } of useful) {
          const [taken = 0, ...negatives] = scores;
          for (const negative of negatives) {
            const win = taken > negative ? 1 : taken === negative ? 0.5 : 0;
            wins += (own * win) / negatives.length;
            losses += (own * Math.log(1 + Math.exp(negative - taken))) / negatives.length;
          }
        }
        expect(auc).toMatchObject({ rows: useful.length });
        expect(auc !== undefined && "value" in auc && auc.value).toBeCloseTo(wins / weight, 12);
        expect("value" in loss && loss.value).toBeCloseTo(losses / weight, 12);
        counted += useful.length;
      }),
    );
    expect(counted).toBeGreaterThan(200);
  });

  it("are refused where there is none, or a score is NaN", () => {
    expect(pairLoss(rowsOf([]))).toMatchObject({ refused: "no-rows" });
    expect(sampledAuc(rowsOf([{ weight: 1, scores: [1, Number.NaN] }]))).toMatchObject({
      refused: "not-finite",
    });
  });

  it("make a loss curve in units of a coin's loss, of whole events in each slice", () => {
    const rows = rowsOf([
      { weight: 1, scores: [1, 1, 1] },
      { weight: 2, scores: [0, 0] },
      { weight: 1, scores: [300, -300, -300] },
    ]);
    const curve = lossCurve(
      rows,
      [
        { startMicros: 0, from: 0, to: 5 },
        { startMicros: 1, from: 5, to: 8 },
      ],
      "bpr",
    );
    if ("refused" in curve) throw new Error(curve.reason);
    expect([...curve.weight]).toEqual([3, 1]);
    expect(curve.loss[0]).toBeCloseTo(3, 12);
    expect(curve.loss[1]).toBeCloseTo(0, 12);
  });

  it("keep to their events where rows are sliced or chosen", () => {
    const rows = rowsOf([
      { weight: 1, scores: [2, 1] },
      { weight: 1, scores: [0, 1, 2] },
    ]);
    expect(slice(rows, 2, 5).drawn?.event).toEqual(Float64Array.of(11, 11, 11));
    const chosen = chosenRows(rows, Uint8Array.of(1, 1, 0, 0, 0));
    expect(chosen.drawn).toEqual({ event: Float64Array.of(10, 10), ranks: Float64Array.of(1, Number.NaN) });
    expect(qualityOf(chosen, "sampled-softmax").sampledAuc).toMatchObject({ value: 1, rows: 1 });
  });
});

it("ranking metrics are those of the events that were ranked, and say over what", () => {
  const rows = rowsOf([0, 0, 0].map(() => ({ weight: 1, scores: [0, 1] })));
  const { hitRateAt10, meanReciprocalRank, ndcgAt10 } = qualityOf(rows, "bpr");
  expect(meanReciprocalRank).toMatchObject({ rows: 2, value: (1 + 1 / 3) / 2 });
  expect(ndcgAt10).toMatchObject({ value: (1 + 1 / 2) / 2 });
  expect(hitRateAt10).toMatchObject({ value: 1, estimator: "hit rate at 10 over the whole catalogue" });
  const none = { ...rows, drawn: { ...rows.drawn, ranks: new Float64Array(6).fill(Number.NaN) } };
  expect(qualityOf(none, "bpr").hitRateAt10).toMatchObject({ refused: "not-measured" });
});

it("a rank among scores is that of the whole catalogue's", () => {
  fc.assert(
    fc.property(fc.array(score, { minLength: 1, maxLength: 40 }), fc.nat(), (scores, at) => {
      const place = at % scores.length;
      const catalogue = { width: 1, items: Float64Array.from(scores) };
      const ranks = positiveRanks(catalogue, {
        queries: Float64Array.of(1),
        positives: Int32Array.of(place),
      });
      const padded = Float64Array.of(...scores, 99);
      expect(rankAmong(padded, scores.length, place)).toBe("refused" in ranks ? Number.NaN : ranks[0]);
    }),
  );
  expect(rankAmong(Float64Array.of(1, Number.NaN), 2, 0)).toBeNaN();
});
