import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { seededRandom } from "../../src/core/random.js";
import { openLog } from "../../src/io/log-source.js";
import { temporaryFolder } from "../support/cli.js";
import { describeWith } from "../support/external.js";
import { valuesOf, writeParquet } from "../support/parquet.js";

const folder = mkdtempSync(join(temporaryFolder(), "hostile-"));
const path = join(folder, "log.parquet");

/** Reads every column of a file, or gives its UnbatchError; anything else fails the test. */
async function readOrRefuse(file: string): Promise<{ rows: number } | UnbatchError> {
  try {
    const source = await openLog([file]);
    const description = await source.describe();
    const names = description.columns.filter(({ type }) => type !== "unsupported").map(({ name }) => name);
    let rows = 0;
    for await (const block of source.read(names)) {
      rows += block.rows;
      for (const name of names)
        expect(valuesOf(block.columns.get(name) ?? block.lists.get(name))).toHaveLength(block.rows);
    }
    expect(rows).toBe(description.rows);
    return { rows };
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
}

async function refusal(bytes: Uint8Array | string): Promise<UnbatchError> {
  writeFileSync(path, bytes);
  const result = await readOrRefuse(path);
  if (result instanceof UnbatchError) return result;
  throw new Error(`read ${result.rows} rows`);
}

function goodBytes(): Uint8Array {
  const rows = Array.from({ length: 60 }, (_, row) => row);
  writeParquet(
    path,
    [
      {
        name: "id",
        data: rows.map((row) => BigInt(row) * 12345678901n),
        type: "INT64",
        encoding: "DELTA_BINARY_PACKED",
      },
      { name: "user", data: rows.map((row) => (row % 9 === 0 ? null : `user ${row % 11}`)), type: "STRING" },
      { name: "url", data: rows.map((row) => `/item/${row}`), type: "STRING", encoding: "DELTA_BYTE_ARRAY" },
      { name: "score", data: rows.map((row) => row / 7), type: "DOUBLE", encoding: "BYTE_STREAM_SPLIT" },
      { name: "click", data: rows.map((row) => row % 3 === 0), type: "BOOLEAN", encoding: "RLE" },
      { name: "rating", data: rows.map((row) => (row % 5 === 0 ? null : row % 10)), type: "INT32" },
    ],
    { rowGroupSize: 25 },
  );
  return new Uint8Array(readFileSync(path));
}

describe("files that are not whole Parquet", () => {
  const good = goodBytes();

  it("say what they begin with", async () => {
    const csv = await refusal("user,item,rating\n1,2,3\n");
    expect(csv.exitCode).toBe(2);
    expect(csv.parts.found).toBe('23 bytes that begin with "user" (75736572)');
    expect((await refusal("")).parts.found).toBe("an empty file");
    expect((await refusal("PARE1234567890PARE")).parts.found).toBe("it is encrypted");
  });

  it("cut anywhere: incomplete, exit 3", async () => {
    let cuts = 0;
    for (let length = 4; length < good.length; length += 1 + Math.floor(length / 50)) {
      const error = await refusal(good.subarray(0, length));
      expect([error.exitCode, error.parts.where]).toEqual([3, path]);
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(100);
  });

  it("a pipe is refused at once, and so is a folder that ends in .parquet", async () => {
    const pipe = join(folder, "pipe.parquet");
    execFileSync("mkfifo", [pipe]);
    expect(await readOrRefuse(pipe)).toMatchObject({ parts: { found: "a pipe or a device" } });
  });

  it("text that is not UTF-8 names the file, the row group and the column", async () => {
    const data = ["ok", "also", "word"].map((text) => new TextEncoder().encode(text));
    data[2] = new Uint8Array([0x61, 0xff]);
    writeParquet(path, [{ name: "word", data, type: "BYTE_ARRAY" }], { rowGroupSize: 2 });
    const error = await readOrRefuse(path);
    expect(error).toMatchObject({ parts: { where: `${path}, row group 1, column "word"` } });
    expect(String(error)).toContain("not UTF-8 (61ff)");
  });
});

describe("bytes changed at random", () => {
  it("give rows that add up or an UnbatchError, never a crash", async () => {
    const random = seededRandom(7);
    const good = goodBytes();
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 1500; round++) {
      const bytes = good.slice();
      const changes = 1 + Math.floor(random.uniform() * 3);
      for (let change = 0; change < changes; change++) {
        bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
      }
      writeFileSync(path, bytes);
      if ((await readOrRefuse(path)) instanceof UnbatchError) outcomes.refused += 1;
      else outcomes.read += 1;
    }
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(300);
  });
});

describeWith("UNBATCH_DATA", "files of other writers, hurt", (data) => {
  const testing = join(data, "parquet_testing");

  it("encrypted files say so, whole or by column", async () => {
    const names = readdirSync(join(testing, "data/aes256"));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const result = await readOrRefuse(join(testing, "data/aes256", name));
      expect(String(result)).toContain("encrypted");
    }
  });

  it("known bad files", async () => {
    const names = readdirSync(join(testing, "bad_data")).filter((name) => name.endsWith(".parquet"));
    expect(names.length).toBeGreaterThan(7);
    for (const name of names) await readOrRefuse(join(testing, "bad_data", name));
    const unbegun = await readOrRefuse(join(testing, "bad_data/ARROW-GH-45185.parquet"));
    expect(String(unbegun)).toContain("a list goes on that has not begun");
  });

  it("bytes changed at random in files of every encoding and compression", async () => {
    const random = seededRandom(11);
    const names = readdirSync(join(testing, "data")).filter((name) => name.endsWith(".parquet"));
    let seen = 0;
    let refused = 0;
    for (const name of names) {
      const good = readFileSync(join(testing, "data", name));
      if (good.length > 200_000) continue;
      for (let round = 0; round < 25; round++) {
        const bytes = Uint8Array.from(good);
        for (let change = 0; change < 4; change++) {
          bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
        }
        writeFileSync(path, bytes);
        if ((await readOrRefuse(path)) instanceof UnbatchError) refused += 1;
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(200);
  });
});
