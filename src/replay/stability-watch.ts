import { formatTime } from "../core/time.js";
import { type TableStability, tableStability } from "../measure/stability/table-stability.js";
import type { ModelState } from "../model/state.js";
import type { Table } from "../model/table.js";
import { tableShapes } from "../model/table-shapes.js";

/** How far the embeddings moved since the look before. */
export interface StabilityLook {
  since: string;
  at: string;
  tables: ({ table: string } & TableStability)[];
}

const NEIGHBOURS = { k: 10, sample: 200, seed: 1 };

/** Compares the embeddings of one learner with themselves as it goes on: rows keep their ids within a run. */
export class StabilityWatch {
  readonly looks: StabilityLook[] = [];
  readonly #tables: readonly { table: Table; unknownRow: number }[];
  #sinceMicros: number;
  #before: readonly Float64Array[];

  constructor(state: ModelState, startMicros: number) {
    const { spec } = state;
    this.#tables = spec.terms
      .flatMap((term) => tableShapes(term, spec))
      .flatMap(({ name, rows, width }) =>
        typeof rows === "number" || width === 1
          ? []
          : [{ table: state.table(name), unknownRow: state.rows(rows.feature).unknownRow }],
      );
    this.#sinceMicros = startMicros;
    this.#before = this.#tables.map(vectorsOf);
  }

  look(atMicros: number): void {
    const after = this.#tables.map(vectorsOf);
    this.looks.push({
      since: formatTime(this.#sinceMicros),
      at: formatTime(atMicros),
      tables: this.#tables.map(({ table: { name, width } }, index) => {
        const before = this.#before[index] ?? new Float64Array(0);
        const now = (after[index] ?? new Float64Array(0)).subarray(0, before.length);
        const rows = before.length / width;
        return { table: name, ...tableStability({ rows, width, before, after: now }, NEIGHBOURS) };
      }),
    });
    this.#before = after;
    this.#sinceMicros = atMicros;
  }
}

/** The vectors of ids that are in use, as they are now; the row of unknown ids is nobody's. */
function vectorsOf({ table, unknownRow }: { table: Table; unknownRow: number }): Float64Array {
  const { weights, rows, width } = table;
  const used = weights.subarray(0, rows * width);
  return Float64Array.from(used.filter((_, at) => Math.floor(at / width) !== unknownRow));
}
