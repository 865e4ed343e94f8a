import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.js";

type Kind = "model" | "run" | "comparison" | "log" | "checkpoint";

export function inspectCommand(): Command {
  const command = new Command("inspect").argument("<path>", "file or folder").addHelpText(
    "after",
    `
Examples:
  $ unbatch inspect checkpoint.pt            format, tensors, optimizer slots, family and why
  $ unbatch inspect model.ckpt-1000
  $ unbatch inspect logs                     columns, time range, order, distinct values, nulls
  $ unbatch inspect model --json             an online model: features, terms, parity`,
  );
  return withCommonOptions(command).action(run);
}

async function run(path: string, options: CommonOptions): Promise<void> {
  const [{ jsonDocument }, report] = await Promise.all([
    import("../report/format.js"),
    inspect(path, options),
  ]);
  process.stdout.write(options.json === true ? jsonDocument("inspect", report.body) : report.text);
}

async function inspect(path: string, options: CommonOptions): Promise<{ body: object; text: string }> {
  const kind = await kindOf(path);
  switch (kind) {
    case "model": {
      const { inspectModel } = await import("./inspect/model.js");
      return inspectModel(path);
    }
    case "run":
    case "comparison": {
      const { inspectRun } = await import("./inspect/run.js");
      return inspectRun(path, kind);
    }
    case "log": {
      const { inspectLog } = await import("./inspect/log.js");
      return inspectLog(path, options);
    }
    case "checkpoint": {
      const { inspectCheckpoint } = await import("./inspect/checkpoint.js");
      return inspectCheckpoint(path);
    }
  }
}

/** By the files that are there; a folder of Parquet files is a log unless it is also a checkpoint's. */
async function kindOf(path: string): Promise<Kind> {
  if (existsSync(join(path, "model.json")) && existsSync(join(path, "state.safetensors"))) return "model";
  if (existsSync(join(path, "run.json"))) return "run";
  if (existsSync(join(path, "compare.json"))) return "comparison";
  const { openTree } = await import("../io/files.js");
  const names = openTree(path).list();
  if (/\.(parquet|parq)$/i.test(path)) return "log";
  // Spark keeps a model's factors in Parquet, beside a folder of metadata.
  const isCheckpoint = names.some((name) =>
    /\.(index|pt|pth|th|ckpt|bin|npy|npz|h5|keras|onnx|safetensors)$|^metadata\/part-\d/i.test(name),
  );
  return !isCheckpoint && names.some((name) => /\.(parquet|parq)$/i.test(name)) ? "log" : "checkpoint";
}
