import type { Checkpoint } from "../../convert/checkpoint.js";
import type { ColumnInput } from "../../convert/column-input.js";
import { lookAt } from "../../convert/look-at.js";
import { openCheckpoint } from "../../convert/open.js";
import { isRecognised } from "../../convert/recognise.js";
import type { Trees } from "../../convert/trees.js";
import { printable } from "../../core/printable.js";
import { openTree } from "../../io/files.js";
import { formatTable } from "../../report/format.js";

/** A line of text is a few sentences. */
const MOST_CHARACTERS = 5000;

/** Format, tensors, slots, family and why, or the nearest families and what each lacks. */
export async function inspectCheckpoint(path: string): Promise<{ body: object; text: string }> {
  const checkpoint = await openCheckpoint(openTree(path));
  const recognition = lookAt(checkpoint, path);
  const tensors = [...checkpoint.tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const slots = checkpoint.slots.map(({ optimizer, tensor, slots }) => ({
    optimizer,
    tensor,
    slots: [...slots.keys()],
  }));
  const vocabularies = [...checkpoint.vocabularies].map(([name, rows]) => ({ name, ids: rows.size }));
  const body = {
    kind: "checkpoint",
    path,
    format: checkpoint.format,
    tensors,
    slots,
    vocabularies,
    hyperparameters: Object.fromEntries(checkpoint.hyperparameters),
    ...(checkpoint.inputs === undefined ? {} : { inputs: checkpoint.inputs }),
    ...(checkpoint.trees === undefined ? {} : { trees: treesBody(checkpoint.trees) }),
    notes: checkpoint.notes,
    ...(isRecognised(recognition)
      ? {
          family: recognition.family,
          evidence: recognition.evidence,
          assumed: recognition.assumed,
          otherHeads: recognition.otherHeads,
          roles: recognition.roles,
        }
      : {
          ...{ family: null, nearest: recognition.missing, beyond: recognition.beyond },
          ...(recognition.graph === undefined ? {} : { graph: recognition.graph }),
        }),
  };
  const slotsOf = new Map<string, string[]>();
  for (const { tensor, optimizer, slots: names } of slots)
    slotsOf.set(tensor, [...(slotsOf.get(tensor) ?? []), `${optimizer}: ${names.join(", ")}`]);
  const table = formatTable(
    ["tensor", "shape", "dtype", "optimizer slots"],
    tensors.map(({ name, shape, dtype }) => [
      name,
      `[${shape.join(", ")}]`,
      dtype,
      slotsOf.get(name)?.join("; ") ?? "",
    ]),
  );
  const lines = [
    ...vocabularies.map(({ name, ids }) => `vocabulary ${name}: ${ids} ids`),
    ...hyperparameterLines(checkpoint),
    ...(checkpoint.inputs ?? []).map(inputLine),
    ...(checkpoint.trees === undefined ? [] : treeLines(checkpoint.trees)),
    ...familyLines(recognition),
    ...checkpoint.notes.map((note) => `note: ${note}`),
  ];
  const text = [
    `${path}: ${checkpoint.format}, ${tensors.length} tensors`,
    "",
    ...(tensors.length === 0 ? [] : [table, ""]),
    ...lines.map((line) => printable(line, MOST_CHARACTERS)),
    "",
  ];
  return { body, text: text.join("\n") };
}

/** `column fare: dense -> dnn/hiddenlayer_0/kernel`. */
function inputLine({ column, encoder, feeds }: ColumnInput): string {
  return `column ${column}: ${encoder.kind} -> ${feeds.map(({ tensor }) => tensor).join(", ")}`;
}

function treesBody({ trees, features, featureNames, outputs, objective, baseMargins }: Trees): object {
  return {
    trees: trees.length,
    leaves: trees.reduce((sum, { feature }) => sum + feature.filter((split) => split < 0).length, 0),
    features,
    featureNames,
    outputs,
    objective,
    baseMargins: [...baseMargins],
  };
}

function treeLines(trees: Trees): string[] {
  const splits = trees.trees.reduce((sum, { feature }) => sum + feature.filter((at) => at >= 0).length, 0);
  const categorical = trees.trees.reduce((sum, { categories }) => sum + categories.size, 0);
  const names = trees.featureNames.slice(0, 10).join(", ");
  return [
    `trees: ${trees.trees.length} with ${splits} splits (${categorical} by category), ${trees.features} features, ${trees.outputs} outputs, objective ${trees.objective || "not said"}`,
    ...(names === "" ? [] : [`features: ${names}${trees.featureNames.length > 10 ? ", ..." : ""}`]),
  ];
}

function hyperparameterLines({ hyperparameters }: Checkpoint): string[] {
  if (hyperparameters.size === 0) return [];
  return [`hyper-parameters: ${[...hyperparameters].map(([name, value]) => `${name} ${value}`).join(", ")}`];
}

function familyLines(recognition: ReturnType<typeof lookAt>): string[] {
  if (isRecognised(recognition)) {
    return [
      `family: ${recognition.family}`,
      ...recognition.evidence.map((line) => `  because of ${line}`),
      ...recognition.assumed.map((line) => `  assumed: ${line}`),
      ...recognition.otherHeads.map((name) => `  left: the output ${name}`),
    ];
  }
  return [
    ...recognition.beyond.map((part) => `beyond every family: ${part}`),
    ...(recognition.graph === undefined ? [] : [`by names and shapes, since ${recognition.graph}`]),
    "family: none that is known here; the nearest:",
    ...recognition.missing
      .slice(0, 4)
      .map(({ family, missing }) => `  ${family}: missing ${missing.join("; ")}`),
  ];
}
