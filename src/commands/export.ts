import { Command, Option } from "commander";
import type { ExportDocument, ExportFormat } from "../convert/export/export.js";
import type { Precision } from "../core/model-spec.js";
import { type CommonOptions, withCommonOptions } from "./common-options.js";
import { openModel } from "./open-inputs.js";

interface ExportCommandOptions extends CommonOptions {
  to: ExportFormat;
  out: string;
  precision: Precision;
  slots?: boolean;
  force?: boolean;
}

const HELP = `
The folder holds the model, features.json (which column goes through which encoder to which row, and what each tensor
is), the vocabularies, and the unbatch.yaml that converts it back. Encoders are not part of the model: the program that
serves it makes rows of ids.
  safetensors  model.safetensors: a tensor for each table, and with --slots the optimizers' memory
  pytorch      model.pt: a state_dict; layers as torch.nn.Linear has them
  onnx         model.onnx: rows (int64) and numbers (float) -> score, prediction
  tfjs         model.json and its weights: the same graph for TensorFlow.js (loadGraphModel)
Weights are rounded to float32 (relative 6e-8), which serving computes in; safetensors and pytorch keep float64 if asked.

Examples:
  $ unbatch export run/model --to onnx --out serving
  $ unbatch export model --to safetensors --slots --precision float64 --out tensors
  $ unbatch export model --to pytorch --out serving --force --json
  $ unbatch convert serving/model.pt --config serving/unbatch.yaml --out again`;

export function exportCommand(): Command {
  const command = new Command("export")
    .argument("<model>", "folder of an online model")
    .addOption(
      new Option("--to <format>", "what to write")
        .choices(["safetensors", "pytorch", "onnx", "tfjs"])
        .makeOptionMandatory(),
    )
    .requiredOption("--out <folder>", "folder to write")
    .addOption(
      new Option("--precision <type>", "of the weights").choices(["float32", "float64"]).default("float32"),
    )
    .option("--slots", "the optimizers' memory too (safetensors)")
    .option("--force", "replace an existing folder")
    .addHelpText("after", HELP);
  return withCommonOptions(command).action(run);
}

async function run(modelPath: string, options: ExportCommandOptions): Promise<void> {
  const { refuseExisting, writeFolder } = await import("../io/atomic.js");
  const force = options.force === true;
  refuseExisting(options.out, force);
  const [{ model, record }, { exportModel }, { arrowVocabulary }, { jsonDocument }] = await Promise.all([
    openModel(modelPath),
    import("../convert/export/export.js"),
    import("../io/arrow.js"),
    import("../report/format.js"),
  ]);
  const { to: format, precision } = options;
  const how = { format, precision, slots: options.slots === true };
  const { files, document } = exportModel(model, record, arrowVocabulary, how);
  await writeFolder(options.out, { force }, async (put) => {
    for (const [name, bytes] of files) put(name, bytes);
  });
  const written = [...files].map(([name, bytes]) => ({ name, bytes: bytes.length }));
  const body = { model: modelPath, out: options.out, files: written, ...document };
  process.stdout.write(
    options.json === true ? jsonDocument("export", body) : textOf(options.out, written, document),
  );
}

function textOf(
  out: string,
  files: readonly { name: string; bytes: number }[],
  { features, tensors, format, precision, inputs, notes }: ExportDocument,
): string {
  const lines = [
    `${format}, ${precision}: ${tensors.length} tensors`,
    ...features.map(
      ({ feature, column, gives, rules }) => `  ${column} -> ${feature}: ${gives}; ${rules[0] ?? ""}`,
    ),
    ...(inputs === undefined
      ? []
      : [`inputs: ${inputs.map(({ name, kind }) => `${name} (${kind})`).join(", ")}`]),
    ...notes,
    "",
    `written: ${out}`,
    ...files.map(({ name, bytes }) => `  ${name}  ${bytes.toLocaleString("en")} bytes`),
  ];
  return `${lines.join("\n")}\n`;
}
