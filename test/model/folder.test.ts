import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { type ByteSource, bytesInMemory } from "../../src/core/bytes.js";
import { UnbatchError } from "../../src/core/errors.js";
import type { Vocabulary } from "../../src/core/vocabulary.js";
import { arrowVocabulary } from "../../src/io/arrow.js";
import { newModel } from "../../src/model/create.js";
import { decodeModel, encodeModel } from "../../src/model/folder.js";
import { loadState, saveState } from "../../src/model/load.js";
import type { OnlineModel } from "../../src/model/model.js";
import type { ModelRecord } from "../../src/model/record.js";
import { temporaryFolder } from "../support/cli.js";

const yaml = (precision: string): string => `
version: 1
log: { time: time, label: clicked }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: "strange name/.. *", column: item, encoder: { kind: vocabulary } }
  - { name: price, encoder: { kind: dense } }
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [user, "strange name/.. *", price] }
    - { kind: dot, left: user, right: "strange name/.. *", width: 3 }
learner:
  precision: ${precision}
  optimizer: { kind: ftrl, rate: 0.2 }
  terms: { dot: { kind: adagrad, rate: 0.1 } }
`;

const vocabularyOf = (ids: readonly string[]): Vocabulary => ({
  ids,
  rows: Int32Array.from(ids, (_, index) => index + 1),
  counts: Float64Array.from(ids, (_, index) => index * 10),
});

/** A model with weights and slots in every table. */
function modelOf(users: readonly string[], precision = "float64"): OnlineModel {
  const begun = newModel(modelSpecOf(parseConfig(yaml(precision), "unbatch.yaml")));
  const vocabularies = new Map([
    ["user", vocabularyOf(users)],
    ["strange name/.. *", vocabularyOf(["tea", "pie"])],
  ]);
  const model = { ...begun, vocabularies };
  return saveState(model, loadState(model, new Map()));
}

const record: ModelRecord = {
  writtenBy: "0.1.0",
  source: { kind: "log" },
  tensors: [],
  trained: { throughShownAtMicros: 1.7e15, labelsAsOfMicros: 1.7e15 + 1 },
  log: { time: { column: "time" }, maxRejected: 0.01 },
};

function decode(files: ReadonlyMap<string, Uint8Array>) {
  const open = (name: string): ByteSource => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`no ${name}`);
    return bytesInMemory(name, bytes);
  };
  return decodeModel(open, arrowVocabulary, "model");
}

/** Everything of a model that counts, as values that can be compared. */
const plain = ({ spec, vocabularies, tensors }: OnlineModel): unknown => ({
  spec,
  vocabularies: [...vocabularies].map(([name, { ids, rows, counts }]) => [name, ids, rows, counts]),
  tensors: [...tensors]
    .map(([name, { shape, dtype, values }]) => [name, shape, dtype, values()])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
});

describe("the folder of a model", () => {
  it("comes back as it was, and is the same bytes each time", () => {
    let tensors = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: "binary" }), { maxLength: 8 }),
        fc.constantFrom("float32", "float64"),
        (users, precision) => {
          const model = modelOf(users, precision);
          const files = encodeModel(model, arrowVocabulary, record);
          const back = decode(files);
          expect(plain(back.model)).toEqual(plain(model));
          expect(back.record).toEqual(record);
          expect(encodeModel(back.model, arrowVocabulary, back.record)).toEqual(files);
          tensors += back.model.tensors.size;
        },
      ),
      { numRuns: 30 },
    );
    // Weights of 6 tables, n and z of 4 of them, the accumulator of 2.
    expect(tensors).toBe(30 * (6 + 2 * 4 + 2));
  });

  it("has files whose names no feature can lead out of it", () => {
    const names = [...encodeModel(modelOf(["a"]), arrowVocabulary, record).keys()];
    expect(names.sort()).toEqual([
      "model.json",
      "state.safetensors",
      "vocab/strange%20name%2F%2E%2E%20%2A.arrow",
      "vocab/user.arrow",
    ]);
  });

  it("has a reverse lookup: ids with their rows and counts", () => {
    const { model } = decode(encodeModel(modelOf(["ann", "bob"]), arrowVocabulary, record));
    expect(model.vocabularies.get("user")).toEqual(vocabularyOf(["ann", "bob"]));
  });
});

describe("a damaged folder", () => {
  const folder = temporaryFolder();
  let made = 0;

  /** The folder on disk with one file changed (or gone), and the error of opening it. */
  async function failure(
    name: string,
    change: (bytes: Buffer) => Uint8Array | undefined,
  ): Promise<UnbatchError> {
    const path = join(folder, `model-${made++}`);
    for (const [file, bytes] of encodeModel(modelOf(["ann", "bob"]), arrowVocabulary, record)) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), bytes);
    }
    expect((await openModel(path)).model.tensors.size).toBe(16);
    const changed = change(readFileSync(join(path, name)));
    if (changed === undefined) rmSync(join(path, name));
    else writeFileSync(join(path, name), changed);
    const error: unknown = await openModel(path).catch((thrown: unknown) => thrown);
    if (error instanceof UnbatchError) return error;
    throw new Error(`${name}: ${String(error)}`);
  }

  const flipped = (bytes: Buffer, at: number): Buffer => {
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    return bytes;
  };

  it.each(["state.safetensors", "vocab/user.arrow"])("%s: a byte flipped, cut, gone", async (name) => {
    for (const at of [0, 8, 100, 300]) {
      const error = await failure(name, (bytes) => flipped(bytes, at));
      expect([error.exitCode, error.message]).toEqual([3, expect.stringContaining(`${name}: sha256`)]);
      expect(error.message).toContain("as model.json says");
    }
    expect((await failure(name, (bytes) => bytes.subarray(0, 50))).message).toContain(`${name}: sha256`);
    expect((await failure(name, () => Buffer.alloc(0))).message).toContain(name);
    expect((await failure(name, () => undefined)).message).toContain(name);
  });

  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const edited = (change: (document: Record<string, unknown>) => void) => (bytes: Buffer) => {
    const document = JSON.parse(bytes.toString()) as Record<string, unknown>;
    change(document);
    return json(document);
  };

  it.each([
    ["gone", () => undefined, /no model\.json/],
    ["empty", () => Buffer.alloc(0), /no unbatch\.model document/],
    ["no JSON", () => Buffer.from("{"), /no unbatch\.model document/],
    ["null", () => json(null), /no unbatch\.model document/],
    ["another document", () => json({ schema: "unbatch.replay", version: 1 }), /no unbatch\.model document/],
    [
      "of a newer version",
      edited((document) => Object.assign(document, { version: 2 })),
      /version 2[\s\S]*version 1/,
    ],
    ["without the model", edited((document) => delete document["model"]), /model\.json: .*model/],
    ["without the checksums", edited((document) => delete document["files"]), /model\.json: .*files/],
    [
      "of vocabularies that are none",
      edited((document) => Object.assign(document, { vocabularies: 3 })),
      /model\.json: .*vocabularies/,
    ],
    [
      "of a vocabulary elsewhere",
      edited((document) => Object.assign(document, { vocabularies: { user: "../../etc/passwd" } })),
      /model\.json: .*passwd/,
    ],
  ])("model.json %s", async (_title, change, message) => {
    const error = await failure("model.json", change);
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBeGreaterThan(1);
  });

  it("a tensor of another shape than its table", () => {
    const model = modelOf(["ann"]);
    const weight = model.tensors.get("dot/user/weight");
    if (weight === undefined) throw new Error("no weight");
    const wide = { ...weight, shape: [3, 2] };
    const changed = { ...model, tensors: new Map([...model.tensors, ["dot/user/weight", wide] as const]) };
    expect(() => loadState(changed, new Map())).toThrow(
      /tensor dot\/user\/weight: shape \[3, 2\]\n {2}expected: \[3, 3\]/,
    );
  });
});
