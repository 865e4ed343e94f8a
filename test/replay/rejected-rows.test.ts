import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { silent } from "../../src/core/progress.js";
import type { RejectionReason } from "../../src/core/rejections.js";
import { rejectionReasons } from "../../src/core/rejections.js";
import { type EventLog, readEvents } from "../../src/replay/events.js";
import { type Cell, type Cells, memoryLog } from "../support/log.js";

const DAY = Date.UTC(2024, 0, 1) * 1000;

/** Every part that can set a row aside. */
const yaml = (log: string, link = "logistic"): string => `
version: 1
log: { time: at, known: { column: known }, weight: weight, eventId: id, maxRejected: 0.5, ${log} }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary, unknown: reject } }
  - { name: price, encoder: { kind: dense } }
  - { name: hour, encoder: { kind: identity, size: 24 } }
  - { name: age, encoder: { kind: bucketize, boundaries: [18, 65] } }
  - { name: tags, encoder: { kind: vocabulary }, bag: { combine: mean, weights: scores } }
model:
  link: ${link}
  terms:
    - { kind: offset, column: score }
    - { kind: linear, features: [user, item, price, hour, age, tags] }
learner: { optimizer: { kind: sgd, rate: 0.1 } }
`;

interface Row {
  at: Cell;
  known: Cell;
  label: Cell;
  weight: Cell;
  id: Cell;
  user: Cell;
  item: Cell;
  price: Cell;
  hour: Cell;
  age: Cell;
  score: Cell;
  tags: readonly Cell[] | null;
  scores: readonly Cell[] | null;
}
const good = (index: number): Row => ({
  ...{ at: DAY + index, known: DAY + index + 5, label: index % 2, weight: 1, id: index },
  ...{ user: "ann", item: "tea", price: 2.5, hour: 3, age: 20, score: 0.1 },
  ...{ tags: ["hot", "new"], scores: [0.5, 2] },
});
const types: Readonly<Record<keyof Row, Cells["type"]>> = {
  ...{ at: "timestamp", known: "timestamp", label: "float", weight: "float", id: "integer" },
  ...{ user: "text", item: "text", price: "float", hour: "integer", age: "float", score: "float" },
  ...{ tags: "list of text", scores: "list of float" },
};

function logOf(rows: readonly Row[], files?: readonly (readonly number[])[]) {
  const names = Object.keys(types) as (keyof Row)[];
  const columns = names.map(
    (name) => [name, { type: types[name], cells: rows.map((row) => row[name]) }] as const,
  );
  return memoryLog(Object.fromEntries(columns), files);
}

async function read(
  rows: readonly Row[],
  log = "label: label",
  link = "logistic",
  files?: readonly (readonly number[])[],
): Promise<EventLog> {
  const config = parseConfig(yaml(log, link), "unbatch.yaml");
  const vocabularies = new Map([
    ["item", { ids: ["tea"], rows: Int32Array.of(1), counts: new Float64Array(1) }],
  ]);
  const options = {
    spec: modelSpecOf(config),
    vocabularies,
    labels: "required",
    maxRows: 1000,
    progress: silent,
  } as const;
  return readEvents(logOf(rows, files), { log: config.log, ...options });
}

const ten = Array.from({ length: 10 }, (_, index) => good(index));
const changed = (change: Partial<Row>, at = 4): Row[] =>
  ten.map((row, index) => (index === at ? { ...row, ...change } : row));

const cases: [RejectionReason, string, Partial<Row>, link?: string][] = [
  ["time-missing", "a null time", { at: null }],
  ["time-out-of-range", "a negative time", { at: -1 }],
  [
    "time-out-of-range",
    "a time in the year 2200",
    { at: Date.UTC(2200, 0, 1) * 1000, known: Date.UTC(2200, 0, 2) * 1000 },
  ],
  ["time-out-of-range", "an infinite time", { at: Number.POSITIVE_INFINITY, known: null }],
  ["label-undefined", "a null label that is known", { label: null }],
  ["label-undefined", "a NaN label", { label: Number.NaN }],
  ["label-not-binary", "a label of 2", { label: 2 }],
  ["label-not-binary", "an infinite label", { label: Number.POSITIVE_INFINITY }],
  [
    "label-not-finite",
    "an infinite label with the squared link",
    { label: Number.NEGATIVE_INFINITY },
    "squared",
  ],
  ["known-before-shown", "a label known before it was shown", { known: DAY }],
  ["id-missing", "a null id", { user: null }],
  ["id-missing", "a null hour", { hour: null }],
  ["unknown-id", "an id that the vocabulary refuses", { item: "pie" }],
  ["value-missing", "a null price", { price: null }],
  ["value-missing", "a null age", { age: null }],
  ["value-not-finite", "an infinite price", { price: Number.POSITIVE_INFINITY }],
  ["value-out-of-range", "an hour of 24", { hour: 24 }],
  ["value-out-of-range", "an hour of 1.5", { hour: 1.5 }],
  ["weight-invalid", "a negative weight", { weight: -1 }],
  ["weight-invalid", "a null weight", { weight: null }],
  ["weight-invalid", "an infinite weight", { weight: Number.POSITIVE_INFINITY }],
  ["offset-invalid", "a NaN score", { score: Number.NaN }],
  ["offset-invalid", "an infinite score", { score: Number.NEGATIVE_INFINITY }],
  ["id-missing", "a null among its tags", { tags: ["hot", null] }],
  ["bag-weights-uneven", "three weights for two tags", { scores: [1, 2, 3] }],
  ["bag-weights-uneven", "no weights for two tags", { scores: null }],
  ["bag-weight-invalid", "a null among the weights", { scores: [1, null] }],
  ["bag-weight-invalid", "an infinite weight", { scores: [Number.POSITIVE_INFINITY, 1] }],
  ["bag-weight-invalid", "a weight below 0 in a mean", { scores: [3, -1] }],
  ["event-id-missing", "a null event id", { id: null }],
  ["event-id-repeated", "an event id that was there before", { id: 3 }],
];

describe("a row that cannot be used is set aside and counted by its reason", () => {
  it.each(cases)("%s: %s", async (reason, _title, change, link) => {
    const { events, rejected, rowsRead } = await read(changed(change), "label: label", link);
    expect(rejected.byReason()).toEqual({ [reason]: 1 });
    expect([rowsRead, events.rows]).toEqual([10, 9]);
    // Nothing of it is left among the others.
    const times = Array.from(events.shownAtMicros);
    expect(times).toEqual(ten.map(({ at }) => Number(at)).filter((_, index) => index !== 4));
  });

  it("every reason has a case here", () => {
    // Of logs of positives alone: test/replay/drawn-log.test.ts.
    const others = rejectionReasons.filter((reason) => reason !== "not-a-positive");
    expect(new Set(cases.map(([reason]) => reason))).toEqual(new Set(others));
  });

  it("by one reason each, the first that was found", async () => {
    const { rejected } = await read(changed({ user: null, price: null, label: 7 }));
    expect(rejected.total).toBe(1);
  });

  it("a finite label of the squared link is any number", async () => {
    const { events, rejected } = await read(changed({ label: -7.5 }), "label: label", "squared");
    expect([rejected.total, events.label[4]]).toEqual([0, -7.5]);
  });

  it("a null label may be told to stand for 0 or 1", async () => {
    const { events, rejected } = await read(changed({ label: null }), "label: { rule: label, missing: 1 }");
    expect([rejected.total, events.label[4]]).toEqual([0, 1]);
  });

  it("a row without a time does not disturb the order of the others", async () => {
    const rows = [good(5), { ...good(9), at: null }, good(3), { ...good(8), at: Number.NaN }, good(4)];
    const { events } = await read(rows);
    expect(Array.from(events.shownAtMicros)).toEqual([DAY + 3, DAY + 4, DAY + 5]);
  });

  it("an id is the same whether its row group holds greater ones or not", async () => {
    const rows = [good(0), { ...good(1), id: "0" }, { ...good(2), id: "9007199254740993" }, good(3)];
    const { rejected } = await read(rows, "label: label", "logistic", [[1, 3]]);
    expect(rejected.byReason()).toEqual({ "event-id-repeated": 1 });
  });
});

describe("more of them than the log may have", () => {
  it("fail the read: exit 3, with each reason and where it was met first", async () => {
    const rows = ten.map((row, index) =>
      index > 3 ? { ...row, ...(index % 2 ? { user: null } : { price: null }) } : row,
    );
    const error: unknown = await read(rows, "label: label", "logistic", [
      [2, 3],
      [1, 4],
    ]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 3 });
    const message = String(error);
    expect(message).toContain("6 of 10 rows cannot be used");
    expect(message).toContain("value-missing: 3 (first: a.parquet, row group 1, row 4)");
    expect(message).toContain("id-missing: 3 (first: b.parquet, row group 0, row 0)");
    expect(message).toContain("at most 0.5 of the rows (log.maxRejected)");
  });

  it("are one more than its share: the share itself is right", async () => {
    const half = ten.map((row, index) => (index < 5 ? { ...row, user: null } : row));
    expect((await read(half)).rejected.total).toBe(5);
    await expect(
      read(half.map((row, index) => (index === 5 ? { ...row, user: null } : row))),
    ).rejects.toThrow("6 of 10 rows");
  });
});

it("a label rule that reads texts as numbers gives the same error however the log is cut", async () => {
  const rows = ten.map((row, index) => ({ ...row, user: index < 8 ? "ann" : "7" }));
  for (const files of [[[10]], [[4, 4, 2]], [[8], [2]]]) {
    // Eight texts are no numbers, two are: rows, not the rule, are at fault.
    await expect(read(rows, "label: user == 7", "logistic", files)).rejects.toThrow(
      "8 of 10 rows cannot be used",
    );
    await expect(read(ten, "label: user == 7", "logistic", files)).rejects.toThrow(
      'column user of texts, such as "ann"',
    );
    await expect(read(ten, 'label: price == "x"', "logistic", files)).rejects.toThrow(
      "column price of type float",
    );
  }
});
