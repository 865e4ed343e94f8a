import type { Converted } from "../../convert/convert.js";
import { compareEncoded } from "../../convert/parity/encoded-rows.js";
import { compareScores, type Parity, requireParity } from "../../convert/parity/parity.js";
import type { ParityRows } from "../../convert/parity/rows.js";
import { compareUpdates, requireUpdates } from "../../convert/parity/source-updates.js";
import { fittingVariant } from "../../convert/parity/variants.js";
import type { SlotMode } from "../../convert/slots.js";
import type { FileTree } from "../../core/bytes.js";
import type { OnlineModel } from "../../model/model.js";
import type { ParityReport, UpdatesReport } from "../../model/record.js";
import type { ParityDocument } from "../../report/html/parity-page.js";
import { runByFramework } from "./run-by-framework.js";

export interface Proof {
  compared: Parity;
  report: ParityReport;
  updates: UpdatesReport;
}

interface ProofOptions {
  tree: FileTree;
  slots: SlotMode;
  tolerance: number;
  /** The user trusts the SavedModel. */
  runsSavedModel: boolean;
}

/**
 * Everything that is compared of a conversion: what the encoders gave, the scores of each side, those of the model itself
 * where its framework is installed, the first updates. Error: another row or number by an encoder (exit 1).
 */
export async function prove(
  converted: Converted,
  online: OnlineModel,
  rows: ParityRows,
  { tree, slots, tolerance, runsSavedModel }: ProofOptions,
): Promise<Proof> {
  const { source, bound } = converted;
  const encoded = compareEncoded(online, rows);
  const run = await runByFramework(converted, tree, rows, {
    tfjs: async (artifacts) => (await import("../../io/tensorflow-js.js")).openTfjsModel(artifacts),
    savedModel: !runsSavedModel
      ? undefined
      : async (path) => (await import("../../io/tensorflow-saved-model.js")).openSavedModel(path),
  });
  const isRun = run !== undefined && "scores" in run;
  const compared = compareScores(source, bound, online, rows, tolerance, isRun ? run : undefined);
  const updates: UpdatesReport =
    slots === "exact" ? compareUpdates(converted, online, rows) : { notMade: `the slots are ${slots}` };
  const report: ParityReport = {
    ...compared.report,
    updates,
    ...(run === undefined || isRun ? {} : { run }),
    ...(encoded.length === 0 ? {} : { encoded }),
  };
  return { compared, report, updates };
}

/** Error: scores or updates that differ by more than the tolerance (exit 1). */
export function requireProof(
  { compared, updates }: Proof,
  { source, bound }: Converted,
  rows: ParityRows,
): void {
  const { tolerance } = compared.report;
  requireParity(compared, source.where, () => fittingVariant(source, bound, rows, tolerance));
  requireUpdates(updates, tolerance, source.where);
}

/** The proof row by row, for --report. */
export function parityDocument({ compared, report }: Proof, { source }: Converted): ParityDocument {
  const { checkpoint, recognised, where } = source;
  const { scores: _, ...parity } = report;
  return {
    ...{ checkpoint: where, format: checkpoint.format, family: recognised.family },
    isWithin: report.maxAbsoluteDifference <= report.tolerance,
    parity: { ...parity, setAside: compared.setAside },
    worst: Object.fromEntries([...compared.worst.values].map(([column, value]) => [column, value ?? null])),
    scores: compared.rows,
  };
}
