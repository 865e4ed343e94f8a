import type { SavedModelProgram } from "../../../core/framework-model.js";
import type { Converted } from "../../convert.js";
import { loggedAt, type ParityRows } from "../rows.js";
import { outputOf, runScores, type SourceRun } from "./source-run.js";

/**
 * A SavedModel run on the raw columns that its signature takes: the encoders inside it are proved too. In words where it
 * takes something else. Rows with a missing value or a list are left out.
 */
export async function runSavedModel(
  { source, bound }: Converted,
  program: SavedModelProgram,
  { rows, columns }: ParityRows,
): Promise<SourceRun | string> {
  const { inputs } = program;
  const unread = inputs.find(({ name }) => !columns.has(name));
  if (unread !== undefined)
    return `its signature takes ${unread.name}, which no feature reads (an Estimator takes serialised examples)`;
  const { graph } = source.checkpoint;
  const traced = graph === undefined ? undefined : outputOf(graph, source.config.checkpoint?.head);
  const output =
    program.outputs.find((name) => name === "logits") ??
    (program.outputs.length === 1 ? program.outputs[0] : undefined);
  const isProbability = output === "logits" ? false : traced?.isProbability;
  if (output === undefined || isProbability === undefined)
    return `no telling which of its outputs is the score: ${program.outputs.join(", ")}`;
  const fed: number[] = [];
  const values = new Map(inputs.map(({ name }): [string, (string | number)[]] => [name, []]));
  for (let row = 0; row < rows; row++) {
    const logged = inputs.map(({ name }) => loggedAt(columns.get(name), row));
    if (logged.some((value) => value === undefined || typeof value === "object")) continue;
    fed.push(row);
    inputs.forEach(({ name, isText }, at) => {
      const value = logged[at];
      if (typeof value === "string" || typeof value === "number")
        values.get(name)?.push(isText ? String(value) : Number(value));
    });
  }
  if (fed.length === 0) return "no row has one value for each of its inputs";
  const outputs = await program.run(values, fed.length, output);
  if (outputs.length !== fed.length) return `${outputs.length} numbers for ${fed.length} rows`;
  return { framework: program.framework, ...runScores(bound, rows, fed, outputs, isProbability) };
}
