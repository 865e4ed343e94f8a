import { readFileSync } from "node:fs";
import { expectSafeFiles } from "./damage.js";

// A file of its own, and so a process: the HDF5 library may not survive what is done to it here.
for (const name of ["keras3_like.keras", "keras2_full.h5"]) {
  const file = new Uint8Array(readFileSync(`fixtures/made/keras_like/${name}`));
  expectSafeFiles(`${name}, damaged, is read or refused`, name, { [name]: file }, { runs: 150 });
}
