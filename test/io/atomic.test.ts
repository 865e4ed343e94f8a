import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { writeFile, writeFolder } from "../../src/io/atomic.js";
import { ioError } from "../../src/io/io-error.js";
import { temporaryFolder } from "../support/cli.js";

const root = temporaryFolder();
let made = 0;

function place(): string {
  const folder = join(root, `place${made++}`);
  mkdirSync(folder);
  return folder;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (path: string): string => readFileSync(path, "utf8");

describe("a folder", () => {
  it("appears whole, with what was put and what was written to its path", async () => {
    const folder = place();
    const out = join(folder, "deep/model/");
    await writeFolder(out, { force: false }, async (put, partial) => {
      put("model.json", bytes("{}"));
      put("vocab/user.arrow", bytes("ids"));
      writeFileSync(join(partial, "extra.bin"), "x");
      expect(existsSync(out)).toBe(false);
    });
    expect(readdirSync(out, { recursive: true }).sort()).toEqual([
      "extra.bin",
      "model.json",
      "vocab",
      "vocab/user.arrow",
    ]);
    expect(readdirSync(join(folder, "deep"))).toEqual(["model"]);
  });

  it("refuses an existing target without force, before and after the work", async () => {
    const folder = place();
    const out = join(folder, "run");
    mkdirSync(out);
    let called = false;
    const first = writeFolder(out, { force: false }, async () => {
      called = true;
    });
    await expect(first).rejects.toMatchObject({
      exitCode: 2,
      parts: { where: out, found: "it exists already" },
    });
    expect(called).toBe(false);
    const late = join(folder, "late");
    const second = writeFolder(late, { force: false }, async (put) => {
      put("a", bytes("new"));
      mkdirSync(late);
      writeFileSync(join(late, "a"), "somebody else's");
    });
    await expect(second).rejects.toThrow(/exists already/);
    expect(text(join(late, "a"))).toBe("somebody else's");
    expect(readdirSync(folder).sort()).toEqual(["late", "run"]);
  });

  it("with force replaces the old one, which stays when the new one fails", async () => {
    const folder = place();
    const out = join(folder, "run");
    await writeFolder(out, { force: true }, async (put) => put("old", bytes("1")));
    const failing = writeFolder(out, { force: true }, async (put) => {
      put("new", bytes("2"));
      throw new RangeError("no");
    });
    await expect(failing).rejects.toThrow(new RangeError("no"));
    expect(readdirSync(folder)).toEqual(["run"]);
    expect(readdirSync(out)).toEqual(["old"]);
    await writeFolder(out, { force: true }, async (put) => put("new", bytes("2")));
    expect(readdirSync(folder)).toEqual(["run"]);
    expect(readdirSync(out)).toEqual(["new"]);
  });

  it("takes nothing from an earlier try, and does not replace a file", async () => {
    const folder = place();
    const out = join(folder, "run");
    mkdirSync(`${out}.partial-${process.pid}`);
    writeFileSync(`${out}.partial-${process.pid}/stale`, "");
    await writeFolder(out, { force: false }, async (put) => put("a", bytes("1")));
    expect(readdirSync(out)).toEqual(["a"]);
    writeFileSync(join(folder, "file"), "kept");
    const onFile = writeFolder(join(folder, "file"), { force: true }, async () => {});
    await expect(onFile).rejects.toMatchObject({ parts: { found: "a file" } });
    expect(text(join(folder, "file"))).toBe("kept");
  });

  it("names stay inside", async () => {
    const folder = place();
    for (const name of ["../out", "/out", "a/../../out", "", ".", "a\0b", "a/"]) {
      const writing = writeFolder(join(folder, "run"), { force: false }, async (put) =>
        put(name, bytes("x")),
      );
      await expect(writing).rejects.toBeInstanceOf(UnbatchError);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a file", () => {
  it("from bytes or a writer; the old one stays until the new one is whole", async () => {
    const folder = place();
    const out = join(folder, "scores.parquet");
    await writeFile(out, { force: false }, bytes("one"));
    await expect(writeFile(out, { force: false }, bytes("two"))).rejects.toThrow(/exists already/);
    const failing = writeFile(out, { force: true }, (partial) => {
      writeFileSync(partial, "half");
      throw new RangeError("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(text(out)).toBe("one");
    await writeFile(out, { force: true }, (partial) => writeFileSync(partial, "two"));
    expect([readdirSync(folder), text(out)]).toEqual([["scores.parquet"], "two"]);
  });

  it("does not replace a folder, and replaces a link rather than what it leads to", async () => {
    const folder = place();
    mkdirSync(join(folder, "logs"));
    writeFileSync(join(folder, "logs/day"), "kept");
    await expect(writeFile(join(folder, "logs"), { force: true }, bytes("x"))).rejects.toThrow(/a folder/);
    symlinkSync(join(folder, "logs/day"), join(folder, "link"));
    await writeFile(join(folder, "link"), { force: true }, bytes("x"));
    expect([text(join(folder, "logs/day")), text(join(folder, "link"))]).toEqual(["kept", "x"]);
  });
});

describe("failed system calls", () => {
  it("become errors for people; a full disk is exit 3", async () => {
    const failed = (code: string): unknown =>
      ioError(Object.assign(new Error(`${code}: failed`), { code, syscall: "write" }), "out");
    expect(failed("ENOSPC")).toMatchObject({
      exitCode: 3,
      parts: { where: "out", found: "no space left on the disk" },
    });
    for (const code of ["EACCES", "EROFS", "EPERM", "EIO"])
      expect(failed(code)).toMatchObject({ exitCode: 2 });
    const bug = Object.assign(new TypeError("x"), { code: "ERR_INVALID_ARG_TYPE" });
    expect(ioError(bug, "out")).toBe(bug);
    const folder = place();
    writeFileSync(join(folder, "file"), "");
    await expect(writeFile(join(folder, "file/below"), { force: false }, bytes("x"))).rejects.toBeInstanceOf(
      UnbatchError,
    );
  });

  // A device that is always full.
  it.skipIf(!existsSync("/dev/full"))(
    "a disk that fills up while a folder is written leaves nothing",
    async () => {
      const folder = place();
      const out = join(folder, "run");
      const writing = writeFolder(out, { force: false }, async (put) => {
        put("a", bytes("fits"));
        writeFileSync("/dev/full", "does not");
      });
      await expect(writing).rejects.toMatchObject({ exitCode: 3 });
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});

describe("an interruption", () => {
  const atomic = fileURLToPath(new URL("../../dist/io/atomic.js", import.meta.url));
  const script = `
    const { writeFolder } = await import(${JSON.stringify(atomic)});
    await writeFolder(process.argv[1], { force: true }, async (put) => {
      put("half", new Uint8Array(10));
      process.send("writing");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });`;

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`${signal} removes what is half-written, keeps the old folder and ends with ${code}`, async () => {
      const folder = place();
      const out = join(folder, "run");
      mkdirSync(out);
      writeFileSync(join(out, "old"), "kept");
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, out], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve, reject) => {
        child.once("message", resolve);
        child.once("exit", () => reject(new Error("the child ended early: is dist built?")));
      });
      expect(readdirSync(folder)).toEqual(["run", `run.partial-${child.pid}`]);
      child.kill(signal);
      expect(await ended).toBe(code);
      expect(readdirSync(folder)).toEqual(["run"]);
      expect(text(join(out, "old"))).toBe("kept");
    });
  }

  it("that comes while the last bytes are written is not lost: the folder is whole, and the process ends", () => {
    const folder = place();
    const out = join(folder, "run");
    const busy = `
      const { writeFolder } = await import(${JSON.stringify(atomic)});
      await writeFolder(process.argv[1], { force: true }, async (put) => {
        put("all", new Uint8Array(10));
        process.kill(process.pid, "SIGINT");
      });
      console.log("and goes on");`;
    const ended = spawnSync(process.execPath, ["--input-type=module", "-e", busy, out], { encoding: "utf8" });
    expect([ended.status, ended.stdout, ended.stderr]).toEqual([130, "", ""]);
    expect(readdirSync(folder)).toEqual(["run"]);
    expect(readdirSync(out)).toEqual(["all"]);
  });
});
