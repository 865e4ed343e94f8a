import type { Constant } from "./constant.js";
import { originOf } from "./origin.js";
import { type Place, type Places, sameNode } from "./places.js";

/** What fills a lookup table: the lines of an asset, or keys and values that stand in the graph. */
export type TableContents =
  | { kind: "asset"; file: string; limit: number }
  | { kind: "pairs"; keys: Constant; values: Constant };

const INITIALISER = /^(InitializeTableFromTextFile(V2)?|InitializeTable(V2)?|LookupTableImport(V2)?)$/;

/** The initialisers of all lookup tables, found by the table that each is for. */
export class LookupTables {
  readonly #places: Places;
  readonly #initialisers: readonly Place[];

  constructor(places: Places) {
    this.#places = places;
    const found: Place[] = [];
    for (const place of places.all()) if (INITIALISER.test(place.node.op)) found.push(place);
    this.#initialisers = found;
  }

  /** Undefined: the table is filled by nothing that is known, or by more than whole lines and their numbers. */
  contents(table: Place | undefined): TableContents | undefined {
    const handle = originOf(this.#places, table)?.place;
    const initialiser = this.#initialisers.find((one) =>
      sameNode(originOf(this.#places, this.#places.input(one, 0))?.place, handle),
    );
    if (handle === undefined || initialiser === undefined) return undefined;
    const { node } = initialiser;
    const constant = (index: number): Constant | undefined => {
      const place = originOf(this.#places, this.#places.input(initialiser, index))?.place;
      return place?.node.op === "Const" ? place.node.attribute("value").constant : undefined;
    };
    if (!/TextFile/.test(node.op)) {
      const [keys, values] = [constant(1), constant(2)];
      return keys === undefined || values === undefined ? undefined : { kind: "pairs", keys, values };
    }
    const path = constant(1)?.texts[0];
    // tensorflow/core/kernels/lookup_util.h: -2 is the whole line, -1 its number.
    const isWholeLines =
      node.attribute("key_index").integer === -2 && node.attribute("value_index").integer === -1;
    if (path === undefined || !isWholeLines || (node.attribute("offset").integer ?? 0) !== 0)
      return undefined;
    // The path is one of the machine that exported; the asset keeps its name.
    const file = path.replace(/^.*[\\/]/, "");
    return { kind: "asset", file, limit: node.attribute("vocab_size").integer ?? -1 };
  }
}
