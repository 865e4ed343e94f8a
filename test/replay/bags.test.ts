import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { SchemaElement } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import type { LogSource } from "../../src/core/column.js";
import { UnbatchError } from "../../src/core/errors.js";
import { silent } from "../../src/core/progress.js";
import { openLog } from "../../src/io/log-source.js";
import { newModel } from "../../src/model/create.js";
import { encodeSafetensors } from "../../src/model/safetensors.js";
import { readEvents } from "../../src/replay/events.js";
import { readBlocks } from "../../src/replay/read-blocks.js";
import { type Replayed, replay } from "../../src/replay/replay.js";
import { temporaryFolder } from "../support/cli.js";
import { type Cells, memoryLog } from "../support/log.js";

const HOUR = 3600e6;
const START = Date.UTC(2024, 0, 1) * 1000;

interface Event {
  hours: number;
  tags: string[] | null;
  scores: number[] | null;
  genres: string;
  clicked: number;
}

const word = fc.constantFrom("tea", "pie", "jam", "rye", "fig");
const events = fc
  .array(
    fc.record({
      hours: fc.nat(60),
      tags: fc.option(fc.array(fc.tuple(word, fc.integer({ min: 0, max: 4 })), { maxLength: 4 }), {
        freq: 8,
      }),
      genres: fc.array(word, { maxLength: 3 }).map((list) => list.join("|")),
      clicked: fc.constantFrom(0, 1),
    }),
    { minLength: 20, maxLength: 50 },
  )
  .map((list): Event[] =>
    list
      .map(({ tags, ...event }) => ({
        ...event,
        tags: tags?.map(([tag]) => tag) ?? null,
        scores: tags?.map(([, quarters]) => quarters / 4) ?? null,
      }))
      .sort((a, b) => a.hours - b.hours),
  );

const yaml = (model: string): string => `
version: 1
log: { time: at, label: clicked, known: { after: 5h } }
features:
  - { name: tags, encoder: { kind: vocabulary }, bag: { combine: mean, weights: scores } }
  - { name: genres, encoder: { kind: vocabulary }, bag: { combine: sqrtn, split: "|" } }
${model}
learner: { optimizer: { kind: adagrad, rate: 0.2 }, batchSize: 2 }
`;
const MODEL = `model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [tags, genres] }
    - { kind: dot, left: tags, right: genres, width: 3 }
    - { kind: deep, inputs: [{ product: [genres, tags], width: 2 }], hidden: [3] }
`;

const list = (name: string, element: Partial<SchemaElement>): SchemaElement[] => [
  { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL", ...element },
];

const folder = temporaryFolder();
let written = 0;

/** The events as files, each cut into row groups of so many rows. */
function writeLog(parts: readonly (readonly Event[])[], rowGroupSize: number): string {
  const path = join(folder, String(written++));
  mkdirSync(path);
  parts.forEach((part, index) => {
    if (part.length === 0) return;
    parquetWriteFile({
      filename: join(path, `part-${index}.parquet`),
      schema: [
        { name: "root", num_children: 5 },
        { name: "at", type: "INT64", converted_type: "TIMESTAMP_MICROS", repetition_type: "REQUIRED" },
        ...list("tags", { type: "BYTE_ARRAY", converted_type: "UTF8" }),
        ...list("scores", { type: "DOUBLE" }),
        { name: "genres", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
        { name: "clicked", type: "INT32", repetition_type: "REQUIRED" },
      ],
      columnData: [
        { name: "at", data: part.map(({ hours }) => BigInt(START + hours * HOUR)) },
        { name: "tags", data: part.map(({ tags }) => tags) },
        { name: "scores", data: part.map(({ scores }) => scores) },
        { name: "genres", data: part.map(({ genres }) => genres) },
        { name: "clicked", data: part.map(({ clicked }) => clicked) },
      ],
      rowGroupSize,
    });
  });
  return path;
}

async function read(source: LogSource, text = yaml(MODEL)) {
  const config = parseConfig(text, "unbatch.yaml");
  const spec = modelSpecOf(config);
  const log = await readEvents(source, {
    ...{ log: config.log, spec, vocabularies: new Map(), labels: "required", maxRows: 1e6, progress: silent },
  });
  return { spec, log };
}

/** A replay, block by block. */
async function replayOf(path: string, rowsAtOnce?: number): Promise<Replayed> {
  const config = parseConfig(yaml(MODEL), "unbatch.yaml");
  const spec = modelSpecOf(config);
  const stream = await readBlocks(await openLog([path]), {
    ...{ log: config.log, spec, vocabularies: new Map(), labels: "required", maxRows: 1e6, rowsAtOnce },
  });
  return replay(newModel(spec), stream, {
    ...{ windowMicros: 24 * HOUR, frozen: false, seconds: () => 0, maxRejected: 0, progress: silent },
  });
}

/** All that it gives. */
async function replayed(path: string, rowsAtOnce?: number): Promise<{ result: string; state: string }> {
  const { result, model } = await replayOf(path, rowsAtOnce);
  const ids = [...model.vocabularies].map(([name, { ids, rows, counts }]) => [
    name,
    ids,
    [...rows],
    [...counts],
  ]);
  return {
    result: JSON.stringify(result),
    state: JSON.stringify(ids) + Buffer.from(encodeSafetensors(model.tensors)).toString("hex"),
  };
}

describe("a log with columns of lists", () => {
  it("gives the same bits for any cut into files, row groups and blocks", async () => {
    const states = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.nat(50),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        async (all, cut, rows, rowsAtOnce) => {
          const whole = await replayed(writeLog([all], 1000));
          const parts = writeLog([all.slice(0, cut), all.slice(cut)], rows);
          expect(await replayed(parts, rowsAtOnce)).toEqual(whole);
          states.add(whole.state);
        },
      ),
      { numRuns: 15 },
    );
    expect(states.size).toBe(15);
  });

  it("learns what its lists say", async () => {
    const all = Array.from({ length: 400 }, (_, hours): Event => {
      const tags = [["tea"], ["pie"], ["tea", "pie"], []][hours % 4] ?? [];
      return { hours, tags, scores: tags.map(() => 1), genres: "", clicked: tags.includes("tea") ? 1 : 0 };
    });
    const { model } = await replayOf(writeLog([all], 90));
    const vocabulary = model.vocabularies.get("tags");
    expect([vocabulary?.ids, Array.from(vocabulary?.counts ?? [])]).toEqual([
      ["tea", "pie"],
      [200, 200],
    ]);
    const weights = model.tensors.get("linear/tags/weight")?.values();
    const [tea, pie] = [1, 2].map((row) => Number(weights?.[row]));
    expect(tea).toBeGreaterThan(0.5);
    expect(pie).toBeLessThan(0);
  });
});

describe("a bag's columns", () => {
  const cells = (type: Cells["type"]): Cells => ({ type, cells: [null, null] });
  const errorOf = async (bag: string, columns: Record<string, Cells>): Promise<string> => {
    const text = `
version: 1
log: { time: at, label: y == 1 }
features: [{ name: tags, encoder: { kind: vocabulary }, bag: ${bag} }]
model: { terms: [{ kind: linear, features: [tags] }] }
learner: { optimizer: { kind: sgd, rate: 1 } }
`;
    try {
      const source = memoryLog({
        at: { type: "timestamp", cells: [1, 2] },
        y: { type: "integer", cells: [0, 1] },
        ...columns,
      });
      await read(source, text);
      return "read";
    } catch (error) {
      if (error instanceof UnbatchError) return error.message;
      throw error;
    }
  };

  it.each([
    ["mean", "list of integer", undefined, "read"],
    ["{ combine: mean, weights: w }", "list of text", "list of float", "read"],
    ['{ combine: mean, split: "|", weights: w }', "text", "list of integer", "read"],
    ['{ combine: mean, split: "|", weights: w }', "text", "text", "read"],
    ["{ combine: sum, weights: w }", "text", "float", "id-missing"],
    ["mean", "text", undefined, "a column of lists; or bag.split"],
    ["mean", "unsupported", undefined, "a column of lists; or bag.split"],
    ['{ combine: mean, split: "|" }', "integer", undefined, "a column of texts to split"],
    ['{ combine: mean, split: "|" }', "list of text", undefined, "a column of texts to split"],
    ["{ combine: mean, weights: w }", "list of text", "float", "lists of numbers"],
    ["{ combine: mean, weights: w }", "list of text", "list of text", "lists of numbers"],
    ["{ combine: sum, weights: w }", "text", "list of float", "numbers"],
    ["{ combine: sum, weights: w }", "list of text", undefined, 'no column "w"'],
  ] as const)("%s over %s with weights %s: %s", async (bag, type, weights, expected) => {
    const columns = { tags: cells(type), ...(weights === undefined ? {} : { w: cells(weights) }) };
    expect(await errorOf(bag, columns)).toContain(expected);
  });

  it("of lists serve a bag alone", async () => {
    const text = yaml(MODEL).replace("label: clicked", "label: tags == 1");
    const columns = {
      ...{
        at: cells("timestamp"),
        tags: cells("list of text"),
        scores: cells("list of float"),
        genres: cells("text"),
      },
    };
    await expect(read(memoryLog(columns), text)).rejects.toThrow("flat column");
  });
});
