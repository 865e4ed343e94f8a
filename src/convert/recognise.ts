import { UnbatchError } from "../core/errors.js";
import { nearestNames } from "../core/nearest.js";
import type { Checkpoint } from "./checkpoint.js";
import { als } from "./families/als.js";
import { dcn } from "./families/dcn.js";
import { deepfm } from "./families/deepfm.js";
import { dlrm } from "./families/dlrm.js";
import { factorisationMachine } from "./families/factorisation-machine.js";
import type { Family, FamilyName, Missing, Recognised, Role } from "./families/family.js";
import { isLayerRole, layerOf } from "./families/family.js";
import { recogniseGraph } from "./families/from-graph.js";
import { gbdt } from "./families/gbdt.js";
import { gmf } from "./families/gmf.js";
import { logisticRegression } from "./families/logistic-regression.js";
import { matrixFactorisation } from "./families/matrix-factorisation.js";
import { ncf } from "./families/ncf.js";
import { neumf } from "./families/neumf.js";
import { isFloat, type Parts, partsOf } from "./families/parts.js";
import { twoTower } from "./families/two-tower.js";
import { foreignOperations } from "./families/unfoldable.js";
import { wideAndDeep } from "./families/wide-and-deep.js";
import { wordFeatures } from "./families/word-features.js";
import { listed, type Unrecognised } from "./unknown-family.js";

export type { Recognised } from "./families/family.js";
export { type Unrecognised, unknownFamily } from "./unknown-family.js";

/** A new family is one file of ./families and one entry here. */
const FAMILIES: readonly Family[] = [
  logisticRegression,
  als,
  wordFeatures,
  gmf,
  ncf,
  matrixFactorisation,
  factorisationMachine,
  neumf,
  dcn,
  dlrm,
  twoTower,
  deepfm,
  wideAndDeep,
  gbdt,
];

/** What the user knows better: `checkpoint.family`, `.tensors` and `.head` of unbatch.yaml. */
export interface Told {
  family?: FamilyName | undefined;
  /** Role -> tensor name. The rest is guessed; tensors that then have no role are dropped. */
  tensors?: Readonly<Record<string, string>> | undefined;
  /** A part of the name of the one output that is wanted. */
  head?: string | undefined;
}

/**
 * The family of a checkpoint and the role of each tensor, by its own graph where it has one that is understood, else by
 * names and shapes; or what is missing for each family. Nothing is decoded.
 */
export function recognise(checkpoint: Checkpoint, told: Told = {}): Recognised | Unrecognised {
  const toldRoles = rolesTold(checkpoint, told.tensors ?? {});
  const byGraph = toldRoles.length > 0 ? "roles were told" : recogniseGraph(checkpoint, told.head);
  if (typeof byGraph !== "string" && (told.family ?? byGraph.family) === byGraph.family) return byGraph;
  const why = whyByNames(checkpoint, told, byGraph);
  const parts = partsOf(checkpoint, new Set(toldRoles.map(({ tensor }) => tensor)), told.head);
  const missing: Missing[] = [];
  const foreign = toldRoles.length === 0 ? foreignOperations(checkpoint.graph) : [];
  for (const family of foreign.length === 0 ? FAMILIES : []) {
    if (told.family !== undefined && told.family !== family.name) continue;
    const guess = family.recognise(parts, toldRoles, told.family === family.name);
    if ("missing" in guess) {
      missing.push({ family: family.name, missing: guess.missing });
      continue;
    }
    const roles = [...toldRoles, ...guess.roles];
    const left = parts.heads?.left ?? [];
    const unused = unusedTensors(parts, roles).filter((name) => checkpoint.tensors.has(name));
    const lost = unused.filter((name) => !left.includes(name));
    if (lost.length > 0 && toldRoles.length === 0) {
      missing.push({ family: family.name, missing: [`a role for ${listed(lost)}`] });
      continue;
    }
    const evidence = [
      ...toldRoles.map(({ role, tensor }) => `told: ${role} is ${tensor}`),
      ...guess.evidence,
    ];
    const byNames =
      why === undefined
        ? []
        : [`roles by names and shapes, since ${why}: only golden outputs can prove them`];
    return {
      ...{ family: family.name, roles, evidence, unused },
      assumed: [...byNames, ...(guess.assumed ?? [])],
      inputs: guess.inputs ?? new Map(),
      otherHeads: (parts.heads?.names ?? []).filter((name) => left.includes(name)),
      sharedTensors: new Set(left.length === 0 ? [] : parts.heads?.shared),
    };
  }
  missing.sort((a, b) => a.missing.length - b.missing.length);
  const beyond = foreign.length === 0 ? parts.unfoldable : foreign;
  return why === undefined ? { missing, beyond } : { missing, beyond, graph: why };
}

/** Why names and shapes tell the roles of a checkpoint that has a graph of its own, as a clause; undefined without one. */
function whyByNames(
  { graph, beyondGraph }: Checkpoint,
  told: Told,
  byGraph: Recognised | string,
): string | undefined {
  if (graph === undefined && beyondGraph === undefined) return undefined;
  if (typeof byGraph !== "string") return `${told.family} was told, and its graph is ${byGraph.family}`;
  return Object.keys(told.tensors ?? {}).length > 0 ? "roles were told" : `its graph has ${byGraph}`;
}

export function isRecognised(result: Recognised | Unrecognised): result is Recognised {
  return "roles" in result;
}

function unusedTensors(parts: Parts, roles: readonly Role[]): string[] {
  const used = new Set(roles.map(({ tensor }) => tensor));
  const all = [
    ...parts.scalars,
    ...parts.weights.map(({ tensor }) => tensor),
    ...parts.tables.map(({ tensor }) => tensor),
    ...parts.chains.flatMap((chain) =>
      chain.flatMap(({ kernel, bias }) => [kernel, ...(bias === undefined ? [] : [bias])]),
    ),
    ...(parts.crosses?.roles.map(({ tensor }) => tensor) ?? []),
    ...(parts.heads?.left ?? []),
    ...parts.normalisation,
    ...parts.other,
  ];
  return all.filter((name) => !used.has(name));
}

const ROLE =
  /^(bias|linear|factorisation|deep|(linear|dot|factorisation|gmf|deep|cross|interaction|towers\/(left|right))\/.+)$/;

function rolesTold(checkpoint: Checkpoint, tensors: Readonly<Record<string, string>>): Role[] {
  return Object.entries(tensors).map(([role, tensor]) => {
    if (ROLE.test(role)) return roleTold(checkpoint, role, tensor);
    throw new UnbatchError({
      found: `the role ${JSON.stringify(role)}`,
      where: `checkpoint.tensors.${role} of unbatch.yaml`,
      expected:
        "bias, linear, linear/<feature>, dot/<feature>, factorisation, factorisation/<feature>, or for a stack (gmf, deep, cross, interaction, interaction/bottom, interaction/top, towers/left, towers/right) <stack>/<feature>, <stack>/kernel_<i>, <stack>/bias_<i>, <stack>/norm_in_<i>/mean ... (docs/convert.md)",
    });
  });
}

/** One entry of checkpoint.tensors. Errors: a tensor that is not there, or not of real numbers. */
export function roleTold(checkpoint: Checkpoint, role: string, tensor: string): Role {
  const where = `checkpoint.tensors.${role} of unbatch.yaml`;
  const found = checkpoint.tensors.get(tensor);
  if (found === undefined) {
    const note = checkpoint.notes.find((one) => one.startsWith(`${tensor}: `));
    throw new UnbatchError({
      found: `no tensor ${JSON.stringify(tensor)} in the checkpoint${note === undefined ? "" : ` that is read (${note})`}`,
      where,
      expected: `one of its tensors; the closest names are ${nearestNames(tensor, [...checkpoint.tensors.keys()], 3).join(", ")}`,
      next: "list the tensors with `unbatch inspect CHECKPOINT`",
    });
  }
  if (isFloat(found.dtype)) return { role, tensor, layout: layoutTold(role, tensor, found.shape) };
  throw new UnbatchError({
    where,
    found: `${tensor}, whose ${found.dtype} numbers are no weights, or quantised ones without their scale`,
    expected: "weights as float16, bfloat16, float32 or float64",
    next: "save the model dequantised, with its weights as float32",
  });
}

/**
 * PyTorch's Linear keeps [out, in] under `*.weight`; an embedding under the same ending keeps [rows, width]. One output
 * with a weight for each row, as scikit-learn's coef_ is too, is [1, rows].
 */
function layoutTold(role: string, tensor: string, shape: readonly number[]): Role["layout"] {
  if (shape.length !== 2) return "rows";
  if (role.startsWith("linear") && shape[0] === 1 && (shape[1] ?? 0) > 1) return "transposed";
  if (!/(^|\.)weight$/.test(tensor)) return "rows";
  if (layerOf(role)?.part === "kernel" || /\/cross_output$/.test(role)) return "transposed";
  return isLayerRole(role) && shape[0] === shape[1] ? "transposed" : "rows";
}
