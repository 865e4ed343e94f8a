import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { LEGACY_MAGIC } from "../../../src/convert/formats/pytorch/legacy-file.js";
import { pytorch } from "../../../src/convert/formats/pytorch/reader.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { temporaryFolder } from "../../support/cli.js";
import { memoryTree } from "../../support/tree.js";
import * as p from "./pickles.js";

const NAME = "model.pt";
const weight = p.tensor({ elements: 2, shape: [2], strides: [1] });
/** A checkpoint with something beside its one tensor. */
const beside = (payload: p.Pickle): p.Pickle =>
  p.dictionary([p.text("w"), weight], [p.text("payload"), payload]);
const open = (file: Uint8Array): Checkpoint => pytorch.read(memoryTree(NAME, { [NAME]: file }));
const openPickle = (payload: p.Pickle): Checkpoint => open(p.savedBy(beside(payload), { 0: [1, 2] }));

const marker = join(temporaryFolder(), "was-here");
const command = p.tuple(p.text(`touch ${marker}`));

function refusal(read: () => unknown): UnbatchError {
  try {
    read();
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
  throw new Error("not refused");
}

/** Every way that a pickle has to name a callable and to call it. */
const op = (...codes: number[]): Buffer => Buffer.of(...codes);
const stackGlobal = (module: string, name: string): p.Pickle =>
  p.inOrder(p.text(module), p.text(name), op(0x93));
const calls: readonly (readonly [string, (module: string, name: string) => p.Pickle])[] = [
  ["GLOBAL alone", (module, name) => p.global(module, name)],
  ["STACK_GLOBAL alone", stackGlobal],
  ["GLOBAL and REDUCE", (module, name) => p.reduced(p.global(module, name), command)],
  ["STACK_GLOBAL and REDUCE", (module, name) => p.reduced(stackGlobal(module, name), command)],
  ["NEWOBJ", (module, name) => p.inOrder(p.global(module, name), command, op(0x81))],
  ["NEWOBJ_EX", (module, name) => p.inOrder(p.global(module, name), command, p.dictionary(), op(0x92))],
  ["BUILD", (module, name) => p.built(p.reduced(p.global(module, name), p.tuple()), p.dictionary())],
  ["INST", (module, name) => p.inOrder(op(0x28), p.text("ls"), Buffer.from(`i${module}\n${name}\n`))],
  ["OBJ", (module, name) => p.inOrder(op(0x28), p.global(module, name), p.text("ls"), op(0x6f))],
  ["BINPERSID", (module, name) => p.inOrder(p.tuple(p.text("storage"), p.global(module, name)), op(0x51))],
  ["REDUCE thrown away", (module, name) => p.inOrder(p.reduced(p.global(module, name), command), op(0x30))],
  [
    "REDUCE among the arguments of a tensor",
    (module, name) =>
      p.reduced(
        p.global("torch._utils", "_rebuild_tensor_v2"),
        p.tuple(p.reduced(p.global(module, name), command)),
      ),
  ],
  [
    "the state of a class",
    (module, name) =>
      p.built(p.reduced(p.global("a", "B"), p.tuple()), p.list(p.reduced(p.global(module, name), command))),
  ],
];
const callables = [
  ["os", "system"],
  ["posix", "system"],
  ["nt", "popen"],
  ["subprocess", "Popen"],
  ["builtins", "eval"],
  ["builtins", "exec"],
  ["__builtin__", "eval"],
  ["builtins", "__import__"],
  ["importlib", "import_module"],
  ["runpy", "run_path"],
  ["pickle", "loads"],
  ["os.path", "exists"],
] as const;

describe("a callable that only an attack names", () => {
  const cases = calls.flatMap(([how, call]) =>
    callables.map(([module, name]) => ({ how, module, name, payload: call(module, name) })),
  );
  it.each(cases)("$how of $module.$name: refused with its byte, and not run", ({ module, name, payload }) => {
    const before = beside(payload).indexOf(payload);
    const { where, found, next } = refusal(() => openPickle(payload)).parts;
    const byte = Number(/^model\.pt\/data\.pkl, byte (\d+)$/.exec(where ?? "")?.[1] ?? Number.NaN);
    // PROTO and its version stand before the object.
    expect(byte).toBeGreaterThanOrEqual(before + 2);
    expect(byte).toBeLessThan(before + 2 + payload.length);
    expect(found).toBe(`${module}.${name}, which loading this file in Python would call`);
    expect(next).toMatch(/do not load this file/);
    expect(existsSync(marker)).toBe(false);
  });

  it("are all of them", () => expect(cases).toHaveLength(13 * 12));

  it("in the form before PyTorch 1.6: refused with the file's own byte", () => {
    const magic = Buffer.from([...LEGACY_MAGIC, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]);
    const protocol = p.pickle(op(0x4d, 0xe9, 0x03));
    const system = p.pickle(p.dictionary([p.text("little_endian"), op(0x88)]));
    const object = p.pickle(beside(p.reduced(p.global("os", "system"), command)));
    const file = Buffer.concat([magic, protocol, system, object]);
    expect(String(refusal(() => open(file)))).toMatch(
      `${NAME}, byte ${file.indexOf("cos\nsystem")}: os.system, which loading`,
    );
  });
});

describe("a class that is not known", () => {
  const unknown = p.global("recommender.config", "Config");

  it.each([
    ["REDUCE", p.reduced(unknown, command)],
    ["STACK_GLOBAL and REDUCE", p.reduced(stackGlobal("recommender.config", "Config"), command)],
    ["NEWOBJ", p.inOrder(unknown, command, op(0x81))],
    ["NEWOBJ_EX", p.inOrder(unknown, command, p.dictionary(), op(0x92))],
    ["BUILD", p.built(p.reduced(unknown, p.tuple()), p.dictionary([p.text("x"), p.text("y")]))],
    [
      "REDUCE among the arguments of another",
      p.reduced(p.global("a", "b"), p.tuple(p.reduced(unknown, command))),
    ],
    ["REDUCE in a list in a list", p.list(p.list(p.reduced(unknown, command)))],
    ["REDUCE thrown away", p.inOrder(p.reduced(unknown, command), op(0x30), op(0x4e))],
  ])("%s: left closed, with a note that has its name and byte", (_title, payload) => {
    const { tensors, notes } = openPickle(payload);
    expect(notes.join("\n")).toMatch(
      /^recommender\.config\.Config: an object of this class was left closed \(byte \d+ of the pickle\)$/m,
    );
    expect([...tensors.keys()]).toEqual(["w"]);
    expect(Array.from(tensors.get("w")?.values() ?? [], Number)).toEqual([1, 2]);
  });

  it("a name alone is no object and no vocabulary", () => {
    const { tensors, vocabularies, notes } = openPickle(p.list(unknown, stackGlobal("a", "b")));
    expect([...tensors.keys()]).toEqual(["w"]);
    expect(vocabularies.size).toBe(0);
    expect(notes).toEqual([]);
  });

  it("what PyTorch itself names is data: ordered dictionaries, parameters, sizes", () => {
    const ordered = p.inOrder(
      p.reduced(p.global("collections", "OrderedDict"), p.tuple()),
      p.setItem(p.text("b"), weight),
    );
    const parameter = p.reduced(
      p.global("torch._utils", "_rebuild_parameter"),
      p.tuple(weight, op(0x88), p.dictionary()),
    );
    const size = p.reduced(p.global("torch", "Size"), p.tuple(p.tuple(p.integer(2))));
    const { tensors, notes } = openPickle(
      p.dictionary([p.text("a"), parameter], [p.text("c"), ordered], [p.text("s"), size]),
    );
    expect([...tensors.keys()]).toEqual(["w", "payload.a", "payload.c.b"]);
    expect(notes).toEqual([]);
  });
});

describe("opcodes that no state_dict needs", () => {
  it.each([
    ["INST", p.inOrder(op(0x28), p.text("ls"), Buffer.from("ia\nB\n")), "INST 0x69"],
    ["OBJ", p.inOrder(op(0x28), p.global("a", "B"), p.text("ls"), op(0x6f)), "OBJ 0x6f"],
    ["EXT1", op(0x82, 1), "EXT1 0x82"],
    ["EXT2", op(0x83, 1, 0), "EXT2 0x83"],
    ["EXT4", op(0x84, 1, 0, 0, 0), "EXT4 0x84"],
    ["EXT1 and REDUCE", p.reduced(op(0x82, 1), command), "EXT1 0x82"],
    ["PERSID", Buffer.from("Pstorage\n"), "PERSID 0x50"],
    ["INT", Buffer.from("I1\n"), "0x49"],
  ])("%s: refused by its name and byte", (_title, payload, words) => {
    const { where, found } = refusal(() => openPickle(payload)).parts;
    expect(found).toBe(`opcode ${words}`);
    const byte = Number(/^model\.pt\/data\.pkl, byte (\d+)$/.exec(where ?? "")?.[1] ?? Number.NaN);
    expect(beside(payload)[byte - 2]).toBe(Number(/0x(\w+)/.exec(words)?.[0]));
  });

  it.each([
    ["a class", p.inOrder(p.tuple(p.text("module"), p.global("a", "B")), op(0x51)), "a storage of a.B"],
    ["text", p.inOrder(p.text("storage"), op(0x51)), "a persistent id"],
  ])("BINPERSID of %s: refused", (_title, payload, words) => {
    expect(refusal(() => openPickle(payload)).parts.found).toBe(words);
  });

  it.each([
    ["numbers", p.inOrder(p.integer(1), p.integer(2), op(0x93))],
    ["lists", p.inOrder(p.list(), p.text("x"), op(0x93))],
  ])("STACK_GLOBAL of %s: refused", (_title, payload) => {
    expect(refusal(() => openPickle(payload)).parts.found).toBe("a name that is no text");
  });
});
