import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { pytorch } from "../../../src/convert/formats/pytorch/reader.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { memoryTree } from "../../support/tree.js";
import * as p from "./pickles.js";

const NAME = "model.pt";
const open = (file: Uint8Array): Checkpoint => pytorch.read(memoryTree(NAME, { [NAME]: file }));
const openPickle = (root: p.Pickle): Checkpoint => open(p.savedBy(root, { 0: [1, 2, 3, 4, 5, 6] }));

const weight = p.tensor({ elements: 6, shape: [2, 3], strides: [3, 1] });
const stateDict = (...more: [p.Pickle, p.Pickle][]): p.Pickle => p.dictionary([p.text("w"), weight], ...more);
const values = (checkpoint: Checkpoint, name: string): number[] =>
  Array.from(checkpoint.tensors.get(name)?.values() ?? [], Number);

/** The one error of a refused file: it names the file. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UnbatchError);
    expect(String(error)).toContain(NAME);
    return String(error);
  }
  throw new Error("not refused");
}

describe("tensors", () => {
  it.each([
    ["row-major", [2, 3], [3, 1], 0, [1, 2, 3, 4, 5, 6]],
    ["transposed", [3, 2], [1, 3], 0, [1, 4, 2, 5, 3, 6]],
    ["a column", [2], [3], 1, [2, 5]],
    ["a row", [3], [1], 3, [4, 5, 6]],
    ["one number", [], [], 5, [6]],
    ["an axis of one, whatever its stride", [1, 2], [999, 1], 0, [1, 2]],
    ["nothing", [0, 3], [3, 1], 0, []],
    ["three axes, the middle one last", [1, 3, 2], [6, 1, 3], 0, [1, 4, 2, 5, 3, 6]],
    ["one number repeated", [2, 2], [0, 0], 4, [5, 5, 5, 5]],
  ])("%s", (_title, shape, strides, offset, expected) => {
    const view = p.tensor({ elements: 6, shape, strides, offset });
    const checkpoint = openPickle(p.dictionary([p.text("w"), view]));
    expect(checkpoint.tensors.get("w")?.shape).toEqual(shape);
    expect(values(checkpoint, "w")).toEqual(expected);
  });

  it("share a storage", () => {
    const row = p.tensor({ elements: 6, offset: 3, shape: [3], strides: [1] });
    const checkpoint = openPickle(stateDict([p.text("row"), row], [p.text("tied"), weight]));
    expect(values(checkpoint, "tied")).toEqual(values(checkpoint, "w"));
    expect(values(checkpoint, "row")).toEqual([4, 5, 6]);
  });

  it.each([
    ["DoubleStorage", Float64Array.of(0.1, -2), [0.1, -2]],
    ["LongStorage", BigInt64Array.of(-5n, 9_007_199_254_740_991n), [-5, 9_007_199_254_740_991]],
    ["IntStorage", Int32Array.of(-7, 8), [-7, 8]],
    ["ShortStorage", Int16Array.of(-300, 300), [-300, 300]],
    ["CharStorage", Int8Array.of(-1, 127), [-1, 127]],
    ["ByteStorage", Uint8Array.of(0, 255), [0, 255]],
    ["BoolStorage", Uint8Array.of(1, 0), [1, 0]],
    ["HalfStorage", Uint16Array.of(0x3c00, 0x3555), [1, 0.333251953125]],
    ["BFloat16Storage", Uint16Array.of(0x3f80, 0xc049), [1, -3.140625]],
  ])("of a %s", (type, storage, expected) => {
    const root = p.dictionary([p.text("w"), p.tensor({ type, elements: 2, shape: [2], strides: [1] })]);
    const bytes = new Uint8Array(storage.buffer);
    const file = p.zip([
      { name: "archive/data.pkl", bytes: p.pickle(root) },
      { name: "archive/data/0", bytes },
    ]);
    expect(values(open(file), "w")).toEqual(expected);
  });

  it.each([
    ["past the end", { elements: 6, shape: [2, 4], strides: [3, 1] }],
    ["from past the end", { elements: 6, offset: 6, shape: [1], strides: [1] }],
    ["of a stride too long", { elements: 6, shape: [2, 2], strides: [5, 1] }],
    ["of more elements than a double can count", { elements: 6, shape: [2 ** 30, 2 ** 30], strides: [0, 0] }],
    ["repeated without bound", { elements: 6, shape: [2 ** 30], strides: [0] }],
    ["of a negative size", { elements: 6, shape: [-1, 3], strides: [3, 1] }],
    ["of more axes than strides", { elements: 6, shape: [2, 3], strides: [1] }],
    ["of a storage that is longer than its bytes", { elements: 7, shape: [2], strides: [1] }],
    ["of a storage that is not there", { key: "9", elements: 6, shape: [2], strides: [1] }],
    ["of a storage outside the archive", { key: "../../passwd", elements: 6, shape: [2], strides: [1] }],
    ["of a type that is none", { type: "ComplexFloatStorage", elements: 6, shape: [2], strides: [1] }],
    ["of a type that every object has", { type: "constructor", elements: 6, shape: [2], strides: [1] }],
  ])("refused: a view %s", (_title, view: p.View) => {
    refusal(() => openPickle(p.dictionary([p.text("w"), p.tensor(view)])));
  });
});

/** A list of two of a list of two of ...: short to write, 2^depth long to print. */
function doublingList(depth: number): p.Pickle {
  let object = p.list(p.text("x"));
  for (let at = 0; at < depth; at++)
    object = p.inOrder(
      Buffer.of(0x5d),
      p.remembered(at, object),
      Buffer.of(0x61),
      p.recalled(at),
      Buffer.of(0x61),
    );
  return object;
}

describe("values that hold themselves", () => {
  const itself = p.recalled(1);

  it.each([
    ["a dictionary under one key", p.setItem(p.text("again"), itself)],
    ["under a usual key", p.setItem(p.text("state_dict"), itself)],
    [
      "under many keys",
      p.inOrder(...Array.from({ length: 20 }, (_, key) => p.setItem(p.text(`k${key}`), itself))),
    ],
    ["as its own key", p.setItem(itself, p.integer(1))],
    ["beside the optimizer", p.setItem(p.text("optimizer"), itself)],
    ["in its own list", p.setItem(p.text("list"), p.list(itself, itself))],
  ])("%s", (_title, items) => {
    const root = p.inOrder(p.remembered(1, p.dictionary()), p.setItem(p.text("w"), weight), items);
    const checkpoint = openPickle(root);
    expect(values(checkpoint, "w")).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...checkpoint.tensors.keys()]).toEqual(["w"]);
  });

  it("under a usual key, with the weights elsewhere", () => {
    const root = p.inOrder(
      p.remembered(1, p.dictionary()),
      p.setItem(p.text("state_dict"), itself),
      p.setItem(p.text("inner"), stateDict()),
    );
    expect([...openPickle(root).tensors.keys()]).toEqual(["w"]);
  });

  it("an object whose state is itself", () => {
    const object = p.remembered(1, p.reduced(p.global("a", "B"), p.tuple()));
    const checkpoint = openPickle(stateDict([p.text("config"), p.built(object, itself)]));
    expect(values(checkpoint, "w")).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("optimizer settings that are their own parameters", () => {
    const groups = p.inOrder(p.remembered(1, p.list()), itself, Buffer.of(0x61));
    const optimizer = p.dictionary([p.text("param_groups"), groups], [p.text("state"), p.dictionary()]);
    const checkpoint = openPickle(
      p.dictionary([p.text("model"), stateDict()], [p.text("optimizer"), optimizer]),
    );
    expect(checkpoint.slots).toEqual([]);
  });

  it("dictionaries that share dictionaries, many times over", () => {
    let shared = p.remembered(0, p.dictionary([p.text("w"), weight]));
    for (let depth = 1; depth <= 7; depth++) {
      const eight = Array.from({ length: 8 }, (_, key): [p.Pickle, p.Pickle] => [
        p.text(`k${key}`),
        key === 0 ? shared : p.recalled(depth - 1),
      ]);
      shared = p.remembered(depth, p.dictionary(...eight));
    }
    expect(refusal(() => openPickle(shared))).toMatch(/more than [\d,]+/);
  });
});

it("a name of lists that repeat each other: refused without printing them", () => {
  const name = p.inOrder(doublingList(40), p.text("x"), Buffer.of(0x93));
  expect(refusal(() => openPickle(stateDict([p.text("payload"), name])))).toMatch(/a name that is no text/);
});

it("keys that are no text", () => {
  const keys = [p.integer(3), p.list(p.text("x")), doublingList(40), nested(100_000), Buffer.of(0x4e)];
  const checkpoint = openPickle(
    p.dictionary([p.text("model"), stateDict(...keys.map((key): [p.Pickle, p.Pickle] => [key, weight]))]),
  );
  expect([...checkpoint.tensors.keys()]).toEqual(["w", "3"]);
});

/** A list in a list in a list ... */
function nested(depth: number): p.Pickle {
  return Buffer.concat([Buffer.alloc(depth, 0x5d), Buffer.alloc(depth - 1, 0x61)]);
}

it("optimizer state under the names that every object has", () => {
  const state = p.dictionary([
    p.integer(0),
    p.dictionary([p.text("constructor"), weight], [p.text("sum"), weight]),
  ]);
  const groups = p.list(p.dictionary([p.text("params"), p.list(p.integer(0))], [p.text("lr"), p.float(0.5)]));
  const optimizer = p.dictionary([p.text("state"), state], [p.text("param_groups"), groups]);
  const { slots, hyperparameters } = openPickle(
    p.dictionary([p.text("model"), stateDict()], [p.text("optimizer"), optimizer]),
  );
  expect(slots.flatMap((entry) => [...entry.slots.keys()])).toEqual(["constructor", "accumulator"]);
  expect(hyperparameters.get("lr")).toBe(0.5);
});

describe("a pickle that is none", () => {
  const good = p.pickle(stateDict());
  const file = (pickle: Uint8Array): Uint8Array =>
    p.zip([
      { name: "archive/data.pkl", bytes: pickle },
      { name: "archive/data/0", bytes: new Uint8Array(24) },
    ]);

  it("ends at any byte: refused, and where", () => {
    let refused = 0;
    for (let length = 0; length < good.length; length++, refused++)
      expect(refusal(() => open(file(good.subarray(0, length))))).toMatch(/data\.pkl, byte \d+/);
    expect(refused).toBe(good.length);
    expect(open(file(good)).tensors.size).toBe(1);
  });

  it.each([
    ["nothing on the stack", Buffer.of(0x2e)],
    ["a mark on the stack", Buffer.of(0x28, 0x2e)],
    ["no mark", Buffer.of(0x74, 0x2e)],
    ["a memo never stored", Buffer.of(0x68, 7, 0x2e)],
    ["too few for a tuple", Buffer.of(0x4e, 0x87, 0x2e)],
    ["a text of 4 GB", Buffer.of(0x58, 0xff, 0xff, 0xff, 0xff, 0x2e)],
    ["bytes of 2^63", Buffer.of(0x8e, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x2e)],
    ["an integer of 4 GB", Buffer.of(0x8b, 0xff, 0xff, 0xff, 0xff, 0x2e)],
    ["a name without an end", Buffer.from("cos\nsystem")],
    ["a persistent id that is none", Buffer.of(0x4e, 0x51, 0x2e)],
  ])("%s: refused", (_title, bytes) => {
    refusal(() => open(file(bytes)));
  });

  it.each([
    ["dictionaries", 0x7d],
    ["lists", 0x5d],
    ["tuples", 0x29],
  ])("more %s than any checkpoint has: refused before memory ends", (_title, opcode) => {
    const bytes = Buffer.alloc(15_000_000, opcode);
    expect(refusal(() => open(file(bytes)))).toMatch(/more than [\d,]+ lists, tuples and dictionaries/);
  });

  it("more memo entries than any checkpoint has: refused", () => {
    const bytes = Buffer.concat([Buffer.of(0x4e), Buffer.alloc(18_000_000, 0x94)]);
    expect(refusal(() => open(file(bytes)))).toMatch(/more than [\d,]+ remembered values/);
  });
});
