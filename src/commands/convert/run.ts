import { openCheckpoint } from "../../convert/open.js";
import { columnsRead } from "../../convert/parity/online-score.js";
import { splitEdges } from "../../convert/parity/split-edges.js";
import { convertLines, convertReport } from "../../convert/report.js";
import { vocabulariesOf } from "../../convert/vocabularies.js";
import { type ByteSource, bytesInMemory } from "../../core/bytes.js";
import { arrowVocabulary } from "../../io/arrow.js";
import { refuseExisting, writeFolder } from "../../io/atomic.js";
import { openTree } from "../../io/files.js";
import { decodeModel, encodeModel, writeModel } from "../../model/folder.js";
import type { OnlineModel } from "../../model/model.js";
import type { ModelRecord } from "../../model/record.js";
import { jsonDocument } from "../../report/format.js";
import { parityLines } from "../../report/parity-text.js";
import type { ConvertOptions } from "../convert.js";
import { progressOf, requireConfig } from "../open-inputs.js";
import { parityRows, placesOf, recordOf, vocabularyReader } from "./inputs.js";
import { parityDocument, prove, requireProof } from "./prove.js";
import { transfer } from "./transfer.js";
import { refuseReport, writeParity } from "./write-parity.js";

const DEFAULT_ROWS = 10_000;
const DEFAULT_TOLERANCE = 1e-5;

/** Reads, converts, proves, and only then writes: `unbatch convert`. */
export async function runConvert(checkpointPath: string, options: ConvertOptions): Promise<void> {
  const force = options.force === true;
  refuseExisting(options.out, force);
  if (options.report !== undefined) refuseReport(options.report, force);
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
  const { bound, model } = converted;

  const rows = await parityRows(places, vocabularies, config, columnsRead(model.spec), {
    ...options,
    rows: options.rows ?? DEFAULT_ROWS,
    edges: splitEdges(bound),
  });
  const tolerance = options.tolerance ?? config.checkpoint?.tolerance ?? DEFAULT_TOLERANCE;
  const record = recordOf(checkpointPath, tree, converted);
  const online = asReadBack(model, record);
  const proof = await prove(converted, online, rows, {
    ...{ tree, slots, tolerance },
    runsSavedModel: options.runSavedmodel === true,
  });
  if (options.report !== undefined)
    await writeParity(options.report, parityDocument(proof, converted), force);
  requireProof(proof, converted, rows);

  const parity = proof.report;
  await writeFolder(options.out, { force }, async (put) => {
    writeModel(transferred.model, arrowVocabulary, { ...record, parity }, put);
  });
  const report = convertReport(
    converted,
    { ...proof.compared, report: parity },
    { model: options.out, slots, notes },
  );
  const lines = (): string => `${convertLines(report, parityLines(report.parity)).join("\n")}\n`;
  process.stdout.write(options.json === true ? jsonDocument("convert", report) : lines());
}

/**
 * What the next command will read from the folder: that is what must have the scores. Tensors are written as the bytes
 * that they are, and may be gigabytes: they are not copied for it.
 */
function asReadBack(model: OnlineModel, record: ModelRecord): OnlineModel {
  const files = encodeModel({ ...model, tensors: new Map() }, arrowVocabulary, record);
  const open = (name: string): ByteSource => bytesInMemory(name, files.get(name) ?? new Uint8Array(0));
  const { model: readBack } = decodeModel(open, arrowVocabulary, "the converted model");
  return { ...readBack, tensors: model.tensors };
}
