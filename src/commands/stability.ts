import { Command } from "commander";
import { UnbatchError } from "../core/errors.js";
import { countOption } from "./common-options.js";
import { openModel } from "./open-inputs.js";

interface StabilityCommandOptions {
  neighbours: number;
  sample: number;
  seed: number;
  json?: boolean;
}

export function stabilityCommand(): Command {
  return new Command("stability")
    .argument("<model-a>", "folder of the model that others were built on")
    .argument("<model-b>", "folder of the model that would be published")
    .option("--neighbours <k>", "nearest neighbours to compare", countOption, 10)
    .option("--sample <rows>", "rows whose neighbours are looked up", countOption, 200)
    .option("--seed <n>", "of that sample", countOption, 1)
    .option("--json", "print one JSON document on stdout")
    .addHelpText(
      "after",
      `
Vectors are matched by id, so the models may hold them in different rows. Widths of 1 (linear weights) are no embeddings.

Examples:
  $ unbatch stability model run/model
  $ unbatch stability monday/model tuesday/model --neighbours 50 --sample 1000 --json`,
    )
    .action(run);
}

async function run(before: string, after: string, options: StabilityCommandOptions): Promise<void> {
  const [{ matchTables }, { tableStability }, { downstreamWords }, { stabilityText }, { jsonDocument }] =
    await Promise.all([
      import("../model/match-tables.js"),
      import("../measure/stability/table-stability.js"),
      import("../report/downstream-words.js"),
      import("../report/stability-text.js"),
      import("../report/format.js"),
    ]);
  const [{ model: modelBefore }, { model: modelAfter }] = [await openModel(before), await openModel(after)];
  const { matched, unmatched } = matchTables(modelBefore, modelAfter);
  if (matched.length === 0) throw noTables(before, after, unmatched);
  const neighbours = { k: options.neighbours, sample: options.sample, seed: options.seed };
  const tables = matched.map((table) => ({
    table: table.table,
    feature: table.feature,
    width: table.width,
    onlyBefore: table.onlyBefore,
    onlyAfter: table.onlyAfter,
    ...tableStability(table, neighbours),
  }));
  const downstream = tables.flatMap((one) => downstreamWords(one.table, one));
  const report = { before, after, neighbours, tables, unmatched, downstream };
  process.stdout.write(options.json === true ? jsonDocument("stability", report) : stabilityText(report));
}

function noTables(
  before: string,
  after: string,
  unmatched: readonly { table: string; why: string }[],
): UnbatchError {
  const why = unmatched.map((one) => `${one.table}: ${one.why}`).join("; ");
  return new UnbatchError({
    where: `${before} and ${after}`,
    found:
      why === "" ? "no embeddings: no table of ids that is wider than 1" : `no embeddings in common: ${why}`,
    expected: "two versions of one model with dot or deep terms",
    next: "unbatch inspect MODEL shows the tensors of a model",
  });
}
