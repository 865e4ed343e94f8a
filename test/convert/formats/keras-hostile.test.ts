import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { askHdf5 } from "../../../src/convert/formats/keras/hdf5-thread.js";
import { keras } from "../../../src/convert/formats/keras/reader.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const FOLDER = "fixtures/made/keras_like";
const FULL = "keras2_full.h5";
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`${FOLDER}/${name}`));
const changed = (at: number, value: number): Uint8Array => bytesOf(FULL).fill(value, at, at + 1);
const open = (file: Uint8Array): unknown => keras.read(memoryTree(FULL, { [FULL]: file }));

for (const name of ["keras3_like.keras", FULL])
  expectSafeFiles(`${name}, damaged, is read or refused`, name, { [name]: bytesOf(name) }, { runs: 150 });

it("the library's memory is held to what the file could fill, whatever size an attribute claims", () => {
  open(bytesOf(FULL));
  const before = process.memoryUsage().rss;
  expect(() => open(changed(891, 125))).toThrow(/keras2_full.h5, byte 0: HDF5: H5Aread/);
  // Without the limit the library takes 2 GB.
  expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
});

it("a list that leads the library round in circles is stopped, and the next file is read", () => {
  const contents = { kind: "contents" } as const;
  expect(askHdf5(contents, {}, () => bytesOf(FULL))?.kind).toBe("contents");
  expect(askHdf5(contents, {}, () => changed(3721, 0), 300)).toBeUndefined();
  expect(askHdf5(contents, {}, () => bytesOf(FULL))?.kind).toBe("contents");
});
