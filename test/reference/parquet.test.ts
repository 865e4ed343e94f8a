import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { parseTimeMicros } from "../../src/core/time.js";
import { openLog } from "../../src/io/log-source.js";
import { dataFolder, describeWith } from "../support/external.js";
import { type Value, valuesOf } from "../support/parquet.js";

interface Witnessed {
  rows?: number;
  columns?: [string, string][];
  values?: unknown[][];
  refused?: string;
}

describeWith("UNBATCH_REFERENCE", "parquet.json: what another reader finds in each file", (folder) => {
  const { files } = JSON.parse(readFileSync(join(folder, "parquet.json"), "utf8")) as {
    files: Record<string, Witnessed>;
  };
  const data = dataFolder();
  const seen = { read: 0, refused: 0, values: 0, lists: 0 };

  for (const [name, witnessed] of Object.entries(files)) {
    const path = join(data ?? "", "parquet_testing", name);
    it.skipIf(data === undefined || !existsSync(path))(name, async () => {
      const result = await readAll(path, witnessed.values?.length ?? 200);
      if (result instanceof UnbatchError) {
        seen.refused += 1;
        // A file that the other reader reads may be refused only for what the message says.
        if (witnessed.refused === undefined)
          expect(result.message).toMatch(/encrypted|malformed|0 rows|flat column/);
        return;
      }
      seen.read += 1;
      if (witnessed.values === undefined) return;
      expect(result.rows).toBe(witnessed.rows);
      for (const [column, values] of result.columns) {
        const at = witnessed.columns?.findIndex(([other]) => other === column) ?? -1;
        if (at < 0) continue;
        witnessed.values.forEach((row, index) => {
          seen.values += 1;
          if (Array.isArray(values[index])) seen.lists += 1;
          expect(
            matches(values[index], row[at]),
            `${column}[${index}]: ${values[index]} for ${row[at]}`,
          ).toBe(true);
        });
      }
    });
  }

  it.skipIf(data === undefined)("read most files and many values", () => {
    expect(seen.read).toBeGreaterThan(40);
    expect(seen.values).toBeGreaterThan(5000);
    expect(seen.lists).toBeGreaterThanOrEqual(16);
  });
});

/** Every column of a file that can be read, value by value; or the error that it gives. Any other error fails the test. */
async function readAll(
  path: string,
  limit: number,
): Promise<{ rows: number; columns: Map<string, Value[]> } | UnbatchError> {
  try {
    const source = await openLog([path]);
    const description = await source.describe();
    const names = description.columns.filter(({ type }) => type !== "unsupported").map(({ name }) => name);
    const columns = new Map(names.map((name) => [name, [] as Value[]]));
    let rows = 0;
    for await (const block of source.read(names)) {
      rows += block.rows;
      for (const [name, column] of [...block.columns, ...block.lists]) {
        const values = columns.get(name) ?? [];
        values.push(...valuesOf(column).slice(0, limit - values.length));
      }
    }
    return { rows, columns };
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
}

function matches(ours: Value | undefined, theirs: unknown): boolean {
  if (Array.isArray(ours))
    return (
      Array.isArray(theirs) &&
      ours.length === theirs.length &&
      ours.every((value, at) => matches(value, theirs[at]))
    );
  if (theirs === null || ours === null || ours === undefined) return (ours ?? null) === theirs;
  if (typeof theirs === "boolean") return ours === Number(theirs);
  if (typeof ours === "string") return ours === unescaped(String(theirs));
  if (typeof theirs === "string") {
    // INT96 days far outside of any calendar: the other reader's 64-bit nanoseconds have wrapped around.
    if (theirs.includes("(BC)")) return ours > Number.MAX_SAFE_INTEGER;
    const micros = parseTimeMicros(theirs.replace(/([+-]\d{2})$/, "$1:00"));
    if (micros !== undefined && ours === Math.floor(micros)) return true;
    if (/^nan$/i.test(theirs)) return Number.isNaN(ours);
    return close(ours, Number(theirs.replace(/^inf/i, "Inf")));
  }
  return typeof theirs === "number" && close(ours, theirs);
}

function unescaped(blob: string): string {
  return blob.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function close(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));
}
