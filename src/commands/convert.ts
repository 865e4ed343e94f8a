import { Command, InvalidArgumentError, Option } from "commander";
import type { SlotMode } from "../convert/slots.js";
import type { Precision } from "../core/model-spec.js";
import { type CommonOptions, countOption, withCommonOptions } from "./common-options.js";

export interface ConvertOptions extends CommonOptions {
  out: string;
  assets?: string;
  slots?: SlotMode;
  golden?: string;
  log?: string[];
  rows?: number;
  tolerance?: number;
  precision?: Precision;
  report?: string;
  runSavedmodel?: boolean;
  force?: boolean;
}

const HELP = `
The largest difference between two scores of the same row is printed and stored: from the source tensors in float64,
and from the online model. The rows are golden outputs (--golden, checkpoint.golden of unbatch.yaml, or golden.json or
golden.parquet beside the checkpoint), or rows of a log (--log), or else generated from the vocabularies. Over the
tolerance no model is written and the exit code is 1. A TensorFlow.js model is also run as it is on these rows, where
@tensorflow/tfjs is installed beside unbatch.

Examples:
  $ unbatch convert checkpoint.pt --out model
  $ unbatch convert export/1646034756 --out model --slots fresh --golden golden.json
  $ unbatch convert checkpoint.pt --out model --golden golden.parquet --report parity.html
  $ unbatch convert model.ckpt-1000 --assets export/1646034756/assets --out model --log logs/day1.parquet`;

export function convertCommand(): Command {
  const command = new Command("convert")
    .argument(
      "[checkpoint]",
      "PyTorch .pt or .pth; TensorFlow model.ckpt-N, or SavedModel folder; without it, a new model from unbatch.yaml",
    )
    .requiredOption("--out <model>", "folder of the online model to write")
    .option("--assets <folder>", "where to look for vocabulary files first")
    .addOption(
      choice(
        "--slots <mode>",
        "optimizer memory as saved, rescaled to single events, or begun anew (default: as unbatch.yaml says; else what loses least on rows of --log before the cut-off; else exact)",
        ["exact", "rescaled", "fresh"],
      ),
    )
    .option("--golden <file>", "scores of the source model to compare with: JSON or Parquet")
    .option(
      "--log <logs...>",
      "compare on rows of a log, and choose by those before the cut-off: Parquet files or folders",
    )
    .option("--rows <n>", "rows of a log, or generated, to compare (default: 10000)", countOption)
    .option(
      "--tolerance <x>",
      "largest difference of two scores (default: as unbatch.yaml says, 1e-5)",
      toleranceOption,
    )
    .addOption(
      choice("--precision <type>", "of weights and slots (default: as unbatch.yaml says, float64)", [
        "float32",
        "float64",
      ]),
    )
    .option(
      "--run-savedmodel",
      "run a SavedModel that you trust as it is, by @tensorflow/tfjs-node, and compare: it may do anything",
    )
    .option("--report <file>", "the proof row by row, .html or .json; written also where the scores differ")
    .option("--force", "replace an existing folder or report")
    .addHelpText("after", HELP);
  return withCommonOptions(command).action(
    async (checkpoint: string | undefined, options: ConvertOptions) => {
      if (checkpoint === undefined) {
        const { runNewModel } = await import("./convert/new-model.js");
        await runNewModel(options);
        return;
      }
      const { runConvert } = await import("./convert/run.js");
      await runConvert(checkpoint, options);
    },
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
