import { UnbatchError } from "../../../core/errors.js";

/** Modules of Python, and functions of `builtins`, that run, open or load what they are given. */
const MODULES =
  /^(os|posix|nt|subprocess|pty|runpy|importlib|imp|ctypes|socket|shutil|webbrowser|code|commands|popen2|pip|timeit|pickle|_pickle|cPickle|marshal)\./;
const BUILTINS = /^(builtins|__builtin__)\.(eval|exec|execfile|compile|open|input|breakpoint|__import__)$/;

/** Opcodes that call something, or get it from outside of the file, and that torch.save does not write. */
const CALLS: ReadonlyMap<number, string> = new Map([
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x50, "PERSID"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
]);

/** A name that no checkpoint needs: the file was made to attack whoever loads it in Python. Nothing here resolves it. */
export function isHostile(name: string): boolean {
  return MODULES.test(name) || BUILTINS.test(name);
}

/** The error of a file that names such a thing. */
export function hostile(file: string, offset: number, name: string): UnbatchError {
  return new UnbatchError({
    where: `${file}, byte ${offset}`,
    found: `${name}, which loading this file in Python would call`,
    expected: "the classes that a model is made of",
    next: "do not load this file anywhere; ask where it came from (nothing of it was run here)",
  });
}

/** An opcode in words: its name where it is one that calls. */
export function opcodeWords(opcode: number): string {
  const name = CALLS.get(opcode);
  return `opcode ${name === undefined ? "" : `${name} `}0x${opcode.toString(16)}`;
}
