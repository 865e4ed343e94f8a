import { openCheckpoint } from "../../convert/open.js";
import { compareEncoded } from "../../convert/parity/encoded-rows.js";
import { columnsRead } from "../../convert/parity/online-score.js";
import { compareScores, requireParity } from "../../convert/parity/parity.js";
import { compareUpdates, requireUpdates } from "../../convert/parity/source-updates.js";
import { splitEdges } from "../../convert/parity/split-edges.js";
import { fittingVariant } from "../../convert/parity/variants.js";
import { convertLines, convertReport } from "../../convert/report.js";
import { vocabulariesOf } from "../../convert/vocabularies.js";
import { arrowVocabulary } from "../../io/arrow.js";
import { refuseExisting, writeFolder } from "../../io/atomic.js";
import { openTree } from "../../io/files.js";
import { decodeModel, encodeModel } from "../../model/folder.js";
import type { OnlineModel } from "../../model/model.js";
import type { ModelRecord, UpdatesReport } from "../../model/record.js";
import { jsonDocument } from "../../report/format.js";
import type { ConvertOptions } from "../convert.js";
import { progressOf, requireConfig } from "../open-inputs.js";
import { parityRows, placesOf, recordOf, vocabularyReader } from "./inputs.js";
import { transfer } from "./transfer.js";

const DEFAULT_ROWS = 10_000;
const DEFAULT_TOLERANCE = 1e-5;

/** Reads, converts, proves, and only then writes: `unbatch convert`. */
export async function runConvert(checkpointPath: string, options: ConvertOptions): Promise<void> {
  const force = options.force === true;
  refuseExisting(options.out, force);
  const config = await requireConfig(options);
  const tree = openTree(checkpointPath);
  const checkpoint = await openCheckpoint(tree);
  const places = placesOf(checkpointPath, tree, options);
  const vocabularies = await vocabulariesOf(config, checkpoint, vocabularyReader(places));
  const precision = options.precision ?? config.learner.precision;
  const given = { checkpoint, config, vocabularies, where: checkpointPath };
  const how = { slots: options.slots, logs: options.log, precision };
  const transferred = await transfer(given, how, await progressOf(options));
  const { converted, slots, notes } = transferred;
  const { source, bound, model } = converted;

  const rows = await parityRows(places, vocabularies, config, columnsRead(model.spec), {
    ...options,
    rows: options.rows ?? DEFAULT_ROWS,
    edges: splitEdges(bound),
  });
  const tolerance = options.tolerance ?? config.checkpoint?.tolerance ?? DEFAULT_TOLERANCE;
  const record = recordOf(checkpointPath, tree, converted);
  const online = asReadBack(model, record);
  const encoded = compareEncoded(online, rows);
  const compared = compareScores(source, bound, online, rows, tolerance);
  requireParity(compared, checkpointPath, () => fittingVariant(source, bound, rows, tolerance));

  const updates: UpdatesReport =
    slots === "exact" ? compareUpdates(converted, online, rows) : { notMade: `the slots are ${slots}` };
  requireUpdates(updates, tolerance, checkpointPath);
  const parity = { ...compared.report, updates, ...(encoded.length === 0 ? {} : { encoded }) };
  const files = encodeModel(transferred.model, arrowVocabulary, { ...record, parity });
  await writeFolder(options.out, { force }, async (put) => {
    for (const [name, bytes] of files) put(name, bytes);
  });
  const report = convertReport(
    converted,
    { ...compared, report: parity },
    { model: options.out, slots, notes },
  );
  const lines = (): string => `${convertLines(report).join("\n")}\n`;
  process.stdout.write(options.json === true ? jsonDocument("convert", report) : lines());
}

/**
 * What the next command will read from the folder: that is what must have the scores. Tensors are written as the bytes
 * that they are, and may be gigabytes: they are not copied for it.
 */
function asReadBack(model: OnlineModel, record: ModelRecord): OnlineModel {
  const files = encodeModel({ ...model, tensors: new Map() }, arrowVocabulary, record);
  const read = (name: string): Uint8Array => files.get(name) ?? new Uint8Array(0);
  const { model: readBack } = decodeModel(read, arrowVocabulary, "the converted model");
  return { ...readBack, tensors: model.tensors };
}
