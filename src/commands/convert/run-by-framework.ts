import type { Converted } from "../../convert/convert.js";
import { tfjsArtifacts } from "../../convert/formats/tfjs/artifacts.js";
import type { ParityRows } from "../../convert/parity/rows.js";
import { runSavedModel } from "../../convert/parity/run/saved-model-run.js";
import { runSource, type SourceRun } from "../../convert/parity/run/source-run.js";
import type { FileTree } from "../../core/bytes.js";
import type { FrameworkModel, SavedModelProgram, TfjsArtifacts } from "../../core/framework-model.js";

interface NotMade {
  notMade: string;
  next: string;
}

const UNTRUSTED = "a SavedModel is a program, which may read and write files, and none is run unasked";
const GOLDEN = "write golden.parquet from your own pipeline: docs/golden.md";
const INSTALL = "npm install @tensorflow/tfjs beside unbatch, and convert again";
const INSTALL_NODE = "npm install @tensorflow/tfjs-node beside unbatch, and convert again";

/** What loads a model by the package that runs it; undefined where that is not installed. */
export interface Frameworks {
  tfjs(artifacts: TfjsArtifacts): Promise<FrameworkModel | undefined>;
  /** Undefined: nobody said that the model is one to be trusted. */
  savedModel?: ((path: string) => Promise<SavedModelProgram | undefined>) | undefined;
}

/**
 * The source's own model run as it is on the rows to compare, where a package that can is installed; or why it was not.
 * Undefined for formats that no package for Node runs. A TensorFlow.js model whose graph has an operator that is not known
 * here is not run: what it would do is not known. A SavedModel may do anything, and is run where the user says so.
 */
export async function runByFramework(
  converted: Converted,
  tree: FileTree,
  rows: ParityRows,
  frameworks: Frameworks,
): Promise<SourceRun | NotMade | undefined> {
  const { format, graph, tensors } = converted.source.checkpoint;
  if (format === "tensorflow-savedmodel") {
    const { savedModel } = frameworks;
    if (savedModel === undefined) return { notMade: UNTRUSTED, next: `${GOLDEN}; or --run-savedmodel` };
    return ran(
      "TensorFlow",
      INSTALL_NODE,
      () => savedModel(tree.path),
      (program) => runSavedModel(converted, program, rows),
    );
  }
  if (format !== "tfjs-layers" && format !== "tfjs-graph") return undefined;
  const unknown = [...(graph?.nodes.values() ?? [])].find(({ operation }) => operation.kind === "other");
  if (unknown?.operation.kind === "other")
    return { notMade: `its graph has ${unknown.operation.name}, which is not known here`, next: GOLDEN };
  const largest = Math.max(...[...tensors.values()].flatMap(({ shape }) => shape));
  const artifacts = tfjsArtifacts(tree, largest);
  if (typeof artifacts === "string") return { notMade: artifacts, next: GOLDEN };
  return ran(
    "TensorFlow.js",
    INSTALL,
    () => frameworks.tfjs(artifacts),
    (model) => runSource(converted, model, rows),
  );
}

async function ran<Model extends { close(): void }>(
  framework: string,
  install: string,
  open: () => Promise<Model | undefined>,
  run: (model: Model) => Promise<SourceRun | string>,
): Promise<SourceRun | NotMade> {
  try {
    const model = await open();
    if (model === undefined) return { notMade: `${install.split(" ")[2]} is not installed`, next: install };
    const made = await run(model);
    model.close();
    return typeof made === "string" ? { notMade: made, next: GOLDEN } : made;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { notMade: `${framework} does not run it: ${said.split("\n")[0]}`, next: GOLDEN };
  }
}
