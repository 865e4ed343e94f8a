import { describe, expect, it } from "vitest";
import { convert } from "../../src/convert/convert.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { compareUpdates } from "../../src/convert/parity/source-updates.js";
import { bytesInMemory, collectBytes } from "../../src/core/bytes.js";
import { elementCount, type Tensor } from "../../src/core/tensor.js";
import { decodeSafetensors, safetensorsParts } from "../../src/model/safetensors.js";
import { checkpointOf, configOf, slotsOf } from "./checkpoints.js";

const WIDTH = 8;
const ROWS = { user: 70_000, item: 9 };
/** No more of a table is read at once. */
const MOST = 2 ** 19;

/** A tensor that is only to be had in parts: element i is of a size that its place tells. */
class Parts {
  readonly read: number[] = [];
  readonly tensor: Tensor;

  constructor(name: string, shape: number[], valueAt: (at: number) => number) {
    this.tensor = {
      ...{ name, shape, dtype: "float32" },
      values: () => {
        if (elementCount(shape) > MOST) throw new Error(`all of ${name} was asked for`);
        return Float32Array.from({ length: elementCount(shape) }, (_, at) => valueAt(at));
      },
      parts: () => (from, to) => {
        this.read.push(to - from);
        return Float32Array.from({ length: to - from }, (_, at) => valueAt(from + at));
      },
    };
  }
}

const weightAt = (at: number): number => Math.fround(Math.sin(at));
const sumAt = (at: number): number => Math.fround(1 + (at % 1000) / 8);
const USERS = "user_embedding.weight";

describe.each([
  ["float32", Float32Array],
  ["float64", Float64Array],
] as const)("a table that is larger than what is read at once, in %s", (precision, Kind) => {
  const users = new Parts(USERS, [ROWS.user, WIDTH], weightAt);
  const sums = new Parts("sum", [ROWS.user, WIDTH], sumAt);
  const items = new Parts("item_embedding.weight", [ROWS.item, WIDTH], weightAt);
  const itemSums = new Parts("sum", [ROWS.item, WIDTH], sumAt);
  const checkpoint = checkpointOf(
    { [USERS]: users.tensor, "item_embedding.weight": items.tensor },
    {
      slots: [
        slotsOf("adagrad", USERS, { sum: sums.tensor }),
        slotsOf("adagrad", "item_embedding.weight", { sum: itemSums.tensor }),
      ],
    },
  );
  const config = configOf({
    features: [
      { name: "user", encoder: { kind: "identity", size: ROWS.user } },
      { name: "item", encoder: { kind: "identity", size: ROWS.item } },
    ],
    learner: { optimizer: { kind: "adagrad", rate: 0.1 } },
  });
  const converted = convert(
    { checkpoint, config, vocabularies: new Map(), where: "m" },
    { slots: "exact", precision },
  );
  const { model, source, bound } = converted;

  it("is converted in parts, number by number", () => {
    const bytes = bytesInMemory("state", collectBytes(safetensorsParts(model.tensors)));
    const written = decodeSafetensors(bytes, "state");
    const count = ROWS.user * WIDTH;
    expect(count).toBeGreaterThan(MOST);
    for (const [part, valueAt] of [
      ["weight", weightAt],
      ["accumulator", sumAt],
    ] as const) {
      const values = written.get(`dot/user/${part}`)?.values();
      expect(values).toBeInstanceOf(Kind);
      expect(values?.length).toBe(count);
      expect(values?.findIndex((value: number | bigint, at: number) => value !== valueAt(at))).toBe(-1);
    }
    for (const { read } of [users, sums]) {
      expect(Math.max(...read)).toBeLessThanOrEqual(MOST);
      expect(read.reduce((sum, length) => sum + length, 0)).toBeGreaterThanOrEqual(count);
    }
  });

  it("has new rows that begin at the mean of all", () => {
    const { mean, noise } = model.spec.newRows["dot/user"] ?? { noise: Number.NaN };
    const means = new Float64Array(WIDTH);
    for (let at = 0; at < ROWS.user * WIDTH; at++)
      means[at % WIDTH] = (means[at % WIDTH] ?? 0) + weightAt(at) / ROWS.user;
    expect(mean).toEqual([...means]);
    // The standard deviation of a sine, and a tenth of it.
    expect(noise).toBeCloseTo(0.1 * Math.SQRT1_2, 4);
  });

  it("is proved by the rows that are scored alone", () => {
    for (const { read } of [users, sums]) read.length = 0;
    const rows = generatedRows(config, new Map(), 50);
    const { report } = compareScores(source, bound, model, rows, 1e-5);
    expect(report.rows).toBe(50);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-5);
    const updates = compareUpdates(converted, model, rows);
    if ("notMade" in updates) throw new Error(updates.notMade);
    expect(updates.maxAbsoluteDifference).toBeLessThan(precision === "float64" ? 1e-12 : 1e-5);
    for (const { read } of [users, sums]) {
      const all = read.reduce((sum, length) => sum + length, 0);
      expect(read.length).toBeGreaterThan(20);
      expect(all).toBeLessThan(ROWS.user * WIDTH);
      expect(Math.max(...read)).toBeLessThanOrEqual(2 ** 12);
    }
  });
});
