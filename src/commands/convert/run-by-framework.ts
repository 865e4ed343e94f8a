import type { Converted } from "../../convert/convert.js";
import { tfjsArtifacts } from "../../convert/formats/tfjs/artifacts.js";
import type { ParityRows } from "../../convert/parity/rows.js";
import { runSource, type SourceRun } from "../../convert/parity/run/source-run.js";
import type { FileTree } from "../../core/bytes.js";
import type { FrameworkModel, TfjsArtifacts } from "../../core/framework-model.js";

interface NotMade {
  notMade: string;
  next: string;
}

const GOLDEN = "write golden.parquet from your own pipeline: docs/golden.md";
const INSTALL = "npm install @tensorflow/tfjs beside unbatch, and convert again";

/**
 * A TensorFlow.js model run as it is on the rows to compare, where a package that can is installed; or why it was not.
 * Undefined for formats that no package for Node runs. A model whose graph has an operator that is not known here is
 * not run either: what it would do is not known.
 */
export async function runByFramework(
  converted: Converted,
  tree: FileTree,
  rows: ParityRows,
  open: (artifacts: TfjsArtifacts) => Promise<FrameworkModel | undefined>,
): Promise<SourceRun | NotMade | undefined> {
  const { format, graph, tensors } = converted.source.checkpoint;
  if (format === "tensorflow-savedmodel") {
    const notMade = "a SavedModel is a program, which may read and write files, and none is run here";
    return { notMade, next: GOLDEN };
  }
  if (format !== "tfjs-layers" && format !== "tfjs-graph") return undefined;
  const unknown = [...(graph?.nodes.values() ?? [])].find(({ operation }) => operation.kind === "other");
  if (unknown?.operation.kind === "other")
    return { notMade: `its graph has ${unknown.operation.name}, which is not known here`, next: GOLDEN };
  const largest = Math.max(...[...tensors.values()].flatMap(({ shape }) => shape));
  const artifacts = tfjsArtifacts(tree, largest);
  if (typeof artifacts === "string") return { notMade: artifacts, next: GOLDEN };
  try {
    const model = await open(artifacts);
    if (model === undefined) return { notMade: "@tensorflow/tfjs is not installed", next: INSTALL };
    const run = await runSource(converted, model, rows);
    model.close();
    return typeof run === "string" ? { notMade: run, next: GOLDEN } : run;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { notMade: `TensorFlow.js does not run it: ${said.split("\n")[0]}`, next: GOLDEN };
  }
}
