import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { silent } from "../../src/core/progress.js";
import { openLog } from "../../src/io/log-source.js";
import { writeParquet } from "../../src/io/parquet-writer.js";
import { type EventLog, readEvents } from "../../src/replay/events.js";
import { temporaryFolder } from "../support/cli.js";

const folder = temporaryFolder();
const NAMES = ["a-2", "é", "a-10", "B", "day=10/x", "day=2/x", "b"];
const ROWS = 5;
/** Of the paths' UTF-8 bytes: capitals before small letters, 1 before 2, é after all of ASCII. */
const SORTED = ["B", "a-10", "a-2", "b", "day=10/x", "day=2/x", "é"];

async function read(log: string): Promise<EventLog> {
  const yaml = `
version: 1
log: { time: at, label: y${log} }
features: []
model: { terms: [{ kind: bias }] }
learner: { optimizer: { kind: sgd, rate: 1 } }
`;
  const config = parseConfig(yaml, "unbatch.yaml");
  const options = { vocabularies: new Map(), labels: "required", maxRows: 1000, progress: silent } as const;
  return readEvents(await openLog([folder]), { log: config.log, spec: modelSpecOf(config), ...options });
}

/** Where each event came from: file, row group, row. */
function origins({ origin, description }: EventLog): [string, number, number][] {
  return Array.from(origin.file, (file, at) => [
    (description.files[file]?.path ?? "").slice(folder.length + 1).replace(/\.parquet$/, ""),
    origin.rowGroup[at] ?? -1,
    origin.row[at] ?? -1,
  ]);
}

it("events of one instant are in the byte order of their files' paths, then by row; an event id goes before that", async () => {
  for (const [file, name] of NAMES.entries()) {
    const path = join(folder, `${name}.parquet`);
    mkdirSync(dirname(path), { recursive: true });
    writeParquet(
      path,
      [
        { name: "at", kind: "timestamp", values: new Float64Array(ROWS).fill(1.7e15) },
        { name: "y", kind: "integer", values: new Int32Array(ROWS) },
        // Counts down through the files as they were written.
        {
          name: "id",
          kind: "integer",
          values: Int32Array.from({ length: ROWS }, (_, row) => 1000 - file * ROWS - row),
        },
      ],
      2,
    );
  }
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  expect(origins(await read(""))).toEqual(
    SORTED.flatMap((name) => rows.map((row) => [name, Math.floor(row / 2), row])),
  );
  expect(origins(await read(", eventId: id"))).toEqual(
    [...NAMES]
      .reverse()
      .flatMap((name) => [...rows].reverse().map((row) => [name, Math.floor(row / 2), row])),
  );
});
