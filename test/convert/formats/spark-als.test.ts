import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sparkAls } from "../../../src/convert/formats/spark-als/reader.js";
import { openTree } from "../../../src/io/files.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles, type Files } from "./damage.js";
import { outcome } from "./outcome.js";

const FOLDER = "fixtures/made/als";
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as {
  pairs: [number, number][];
  scores: number[];
};
const files: Files = Object.fromEntries(
  ["metadata", "userFactors", "itemFactors"].flatMap((folder) =>
    readdirSync(`${FOLDER}/spark_als_model/${folder}`).map((name) => [
      `${folder}/${name}`,
      new Uint8Array(readFileSync(`${FOLDER}/spark_als_model/${folder}/${name}`)),
    ]),
  ),
);
const METADATA = "metadata/part-00000";

describe("Spark's ALSModel", () => {
  it("has the golden scores by id", async () => {
    const { tensors, vocabularies, hyperparameters } = await sparkAls.read(
      openTree(`${FOLDER}/spark_als_model`),
    );
    const vector = (table: string, id: number): number[] => {
      const row = vocabularies.get(table)?.get(String(id)) ?? Number.NaN;
      return Array.from(tensors.get(table)?.values() ?? [], Number).slice(row * 16, row * 16 + 16);
    };
    expect([tensors.get("userFactors")?.shape, tensors.get("itemFactors")?.shape]).toEqual([
      [200, 16],
      [300, 16],
    ]);
    expect(hyperparameters.get("rank")).toBe(16);
    expect(golden.pairs).toHaveLength(30);
    golden.pairs.forEach(([user, item], at) => {
      const [u, i] = [vector("userFactors", user), vector("itemFactors", item)];
      expect(u).toHaveLength(16);
      const score = u.reduce((sum, value, k) => sum + value * (i[k] ?? Number.NaN), 0);
      expect(Math.abs(score - (golden.scores[at] ?? Number.NaN))).toBeLessThan(1e-5);
    });
  });

  it("is refused with another rank, of another class, and with an id twice", async () => {
    const read = async (changed: Files): Promise<string> =>
      await Promise.resolve(sparkAls.read(memoryTree("m", changed))).then(() => "read", String);
    const metadata = (from: string, to: string): Files => ({
      ...files,
      [METADATA]: Buffer.from(
        Buffer.from(files[METADATA] ?? [])
          .toString()
          .replace(from, to),
      ),
    });
    expect(await read(files)).toBe("read");
    expect(await read(metadata('"rank":16', '"rank":8'))).toMatch(
      /userFactors.*byte 0: the vector of 0\n.*8 finite/,
    );
    expect(await read(metadata("ALSModel", "KMeansModel"))).toMatch(
      /metadata.*: a Spark model of the class .*KMeansModel\n.*an ALSModel/,
    );
    const part = Object.keys(files).find((name) => name.startsWith("userFactors/part")) ?? "";
    const twice = { ...files, "userFactors/part-00009.parquet": files[part] ?? new Uint8Array(0) };
    expect(await read(twice)).toMatch(/the id 0 twice/);
  });

  it("is refused where a run of levels claims 2^30 of them, before memory ends", async () => {
    const [name = ""] = Object.keys(files).filter((one) => one.startsWith("itemFactors/part-00001"));
    const part = new Uint8Array(files[name] ?? []);
    part.set([0x80, 0x80, 0x80, 0x80, 0x08], 808);
    expect(await outcome("m", { ...files, [name]: part })).toBe("refused");
  });

  expectSafeFiles("damaged, is read or refused", "m", files, { runs: 200 });
});
