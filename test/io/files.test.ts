import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { openTree, readWhole } from "../../src/io/files.js";
import { temporaryFolder } from "../support/cli.js";

const root = temporaryFolder();
let made = 0;

function folderOf(files: Record<string, string>): string {
  const folder = join(root, `tree${made++}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("the tree of a checkpoint", () => {
  it("a folder lists everything below it", () => {
    const folder = folderOf({ "saved_model.pb": "m", "variables/variables.index": "i", "assets/v.txt": "a" });
    const tree = openTree(folder);
    expect([tree.path, ...tree.list()]).toEqual([
      folder,
      "assets/v.txt",
      "saved_model.pb",
      "variables/variables.index",
    ]);
    const source = tree.open("variables/variables.index");
    expect([source.size, textOf(source.read(0, 1))]).toEqual([1, "i"]);
  });

  const checkpoint = {
    "model.ckpt-10.index": "ten",
    "model.ckpt-10.data-00000-of-00001": "0123456789",
    "model.ckpt-100.index": "hundred",
    checkpoint: "latest",
    "private.key": "secret",
    "golden.json": "{}",
  };
  const own = ["checkpoint", "golden.json", "model.ckpt-10.data-00000-of-00001", "model.ckpt-10.index"];

  it("a prefix, its index or its data lists that checkpoint and its companions", () => {
    const folder = folderOf(checkpoint);
    for (const name of ["model.ckpt-10", "model.ckpt-10.index", "model.ckpt-10.data-00000-of-00001"]) {
      const tree = openTree(join(folder, name));
      expect(tree.path).toBe(join(folder, name));
      expect([...tree.list()].sort()).toEqual(own);
      expect(textOf(tree.open("model.ckpt-10.index").read(0, 3))).toBe("ten");
      expect(() => tree.open("private.key")).toThrow(/no file "private.key"/);
      expect(() => tree.open("../tree0/saved_model.pb")).toThrow(UnbatchError);
    }
  });

  it("a single file lists itself and its companions", () => {
    const folder = folderOf({ "state_dict.pt": "zip", "other.pt": "no", "vocab.json": "{}" });
    expect(openTree(join(folder, "state_dict.pt")).list()).toEqual(["state_dict.pt", "vocab.json"]);
  });

  it("nothing there, a range beyond the end, a link that leads outside", () => {
    const folder = folderOf({ "a.bin": "0123" });
    expect(() => openTree(join(folder, "b.bin"))).toThrow(/no such file/);
    const source = openTree(folder).open("a.bin");
    expect(textOf(source.read(1, 3))).toBe("123");
    for (const [offset, length] of [
      [2, 3],
      [-1, 2],
      [0, -1],
      [Number.NaN, 1],
    ] as const) {
      expect(() => source.read(offset, length)).toThrow(UnbatchError);
    }
    symlinkSync("/etc/passwd", join(folder, "link.bin"));
    symlinkSync("/etc", join(folder, "linked"));
    symlinkSync("a.bin", join(folder, "inner.bin"));
    symlinkSync("gone.bin", join(folder, "broken.bin"));
    const tree = openTree(folder);
    expect(tree.list()).toEqual(["a.bin", "inner.bin", "link.bin"]);
    expect(() => tree.open("link.bin")).toThrow(/outside of the checkpoint/);
    expect(textOf(tree.open("inner.bin").read(0, 4))).toBe("0123");
  });

  it("a folder beside the root whose name begins with the root's is outside", () => {
    const folder = folderOf({ "a.bin": "0" });
    mkdirSync(`${folder}-other`);
    writeFileSync(join(`${folder}-other`, "b.bin"), "1");
    symlinkSync(join(`${folder}-other`, "b.bin"), join(folder, "b.bin"));
    expect(() => openTree(folder).open("b.bin")).toThrow(/outside of the checkpoint/);
  });

  it("more files than a checkpoint has are refused", () => {
    const folder = join(root, "many");
    mkdirSync(folder);
    for (let file = 0; file <= 10_000; file++) writeFileSync(join(folder, String(file)), "");
    expect(() => openTree(folder)).toThrow(/more than 10000 files/);
  });
});

describe("a whole file", () => {
  it("is bounded, and must be a file", () => {
    const folder = folderOf({ "a.txt": "12345" });
    expect(textOf(readWhole(join(folder, "a.txt"), 5))).toBe("12345");
    expect(() => readWhole(join(folder, "a.txt"), 4)).toThrow(/5 bytes/);
    expect(() => readWhole(folder, 10)).toThrow(/a folder/);
    expect(() => readWhole("/dev/zero", 10)).toThrow(/a pipe or a device/);
    expect(() => readWhole(join(folder, "b.txt"), 10)).toThrow(/no such file/);
    expect(() => readWhole(join(folder, "a.txt", "b"), 10)).toThrow(/needs a folder/);
  });
});
