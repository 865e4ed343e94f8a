import { Command, InvalidArgumentError, Option } from "commander";
import type { SlotMode } from "../convert/slots.js";
import type { Precision } from "../core/model-spec.js";
import { type CommonOptions, countOption, withCommonOptions } from "./common-options.js";
import { requireConfig } from "./open-inputs.js";

interface ConvertOptions extends CommonOptions {
  out: string;
  assets?: string;
  slots?: SlotMode;
  golden?: string;
  log?: string[];
  rows?: number;
  tolerance?: number;
  precision?: Precision;
  force?: boolean;
}

const DEFAULT_ROWS = 10_000;

const HELP = `
The largest difference between two scores of the same row is printed and stored: from the source tensors in float64,
and from the online model. The rows are golden outputs (--golden, checkpoint.golden of unbatch.yaml, or golden.json or
golden.parquet beside the checkpoint), or rows of a log (--log), or else generated from the vocabularies. Over the
tolerance nothing is written and the exit code is 1.

Examples:
  $ unbatch convert checkpoint.pt --out model
  $ unbatch convert export/1646034756 --out model --slots fresh --golden golden.json
  $ unbatch convert model.ckpt-1000 --assets export/1646034756/assets --out model --log logs/day1.parquet`;

export function convertCommand(): Command {
  const command = new Command("convert")
    .description("turn a batch checkpoint into a model that learns online, and prove that it scores the same")
    .argument("<checkpoint>", "PyTorch .pt or .pth; TensorFlow model.ckpt-N, or SavedModel folder")
    .requiredOption("--out <model>", "folder of the online model to write")
    .option("--assets <folder>", "where to look for vocabulary files first")
    .addOption(
      choice("--slots <mode>", "optimizer memory as saved, or begun anew (default: exact)", [
        "exact",
        "fresh",
      ]),
    )
    .option("--golden <file>", "scores of the source model to compare with: JSON or Parquet")
    .option("--log <logs...>", "compare on rows of a log: Parquet files or folders")
    .option("--rows <n>", `rows of a log, or generated, to compare (default: ${DEFAULT_ROWS})`, countOption)
    .option("--tolerance <x>", "largest difference of two scores (default: 1e-5)", toleranceOption)
    .addOption(
      choice("--precision <type>", "of weights and slots (default: float32)", ["float32", "float64"]),
    )
    .option("--force", "replace an existing folder")
    .addHelpText("after", HELP);
  return withCommonOptions(command).action(run);
}

async function run(checkpointPath: string, options: ConvertOptions): Promise<void> {
  const [{ refuseExisting, writeFolder }, { openTree }, files] = await Promise.all([
    import("../io/atomic.js"),
    import("../io/files.js"),
    import("./convert-inputs.js"),
  ]);
  const force = options.force === true;
  refuseExisting(options.out, force);
  const config = await requireConfig(options);
  const tree = openTree(checkpointPath);
  const [
    { openCheckpoint },
    { convert },
    { vocabulariesOf },
    parity,
    { columnsRead },
    { convertReport, convertLines },
  ] = await Promise.all([
    import("../convert/open.js"),
    import("../convert/convert.js"),
    import("../convert/vocabularies.js"),
    import("../convert/parity/parity.js"),
    import("../convert/parity/online-score.js"),
    import("../convert/report.js"),
  ]);
  const checkpoint = openCheckpoint(tree);
  const places = files.placesOf(checkpointPath, tree, options);
  const vocabularies = await vocabulariesOf(config, checkpoint, files.vocabularyReader(places));
  const slots = options.slots ?? config.checkpoint?.slots ?? "exact";
  const precision = options.precision ?? config.learner.precision;
  const converted = convert(
    { checkpoint, config, vocabularies, where: checkpointPath },
    { slots, precision },
  );
  const rows = await files.parityRows(places, config, columnsRead(converted.model.spec), {
    ...options,
    rows: options.rows ?? DEFAULT_ROWS,
    generated: vocabularies,
  });
  const tolerance = options.tolerance ?? config.checkpoint?.tolerance ?? 1e-5;
  const compared = parity.compareScores(converted.source, converted.bound, converted.model, rows, tolerance);
  parity.requireParity(compared, checkpointPath);

  const [{ encodeModel }, { arrowVocabulary }, { jsonDocument }] = await Promise.all([
    import("../model/folder.js"),
    import("../io/arrow.js"),
    import("../report/format.js"),
  ]);
  const record = files.recordOf(checkpointPath, tree, converted, compared.report);
  const encoded = encodeModel(converted.model, arrowVocabulary, record);
  await writeFolder(options.out, { force }, async (put) => {
    for (const [name, bytes] of encoded) put(name, bytes);
  });
  const report = convertReport(converted, compared, { model: options.out, slots });
  process.stdout.write(
    options.json === true ? jsonDocument("convert", report) : `${convertLines(report).join("\n")}\n`,
  );
}

function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}

function toleranceOption(text: string): number {
  const tolerance = Number(text);
  if (!(Number.isFinite(tolerance) && tolerance > 0)) {
    throw new InvalidArgumentError("expected a number above 0, such as 1e-5.");
  }
  return tolerance;
}
