import type { Checkpoint } from "../checkpoint.js";
import type { Graph } from "../graph.js";
import { type Expression, expressionOf, Unexplained, unchanged } from "./expression.js";
import type { FamilyName, Recognised } from "./family.js";
import { addInteraction } from "./graph-interaction.js";
import { addInputs, type Found, hintOf, peel, widthOf } from "./graph-stack.js";
import { headNamed } from "./heads.js";
import { sideOf, stackRoles, stackWords } from "./layers.js";
import { tensorsBelow } from "./tensors-below.js";

/**
 * The family of a checkpoint from its own graph: which terms its output is the sum of, in which order inputs stand and
 * which activation each layer has. The final sigmoid is the link. `head` names the output where there are several.
 * Returns why it cannot be told, in words, where the graph has something of which no family is made.
 */
export function recogniseGraph(checkpoint: Checkpoint, head: string | undefined): Recognised | string {
  const { graph, beyondGraph = "no graph" } = checkpoint;
  if (graph === undefined) return beyondGraph;
  const outputs = scoresIn(graph);
  const output = head === undefined && outputs.length === 1 ? outputs[0] : headNamed(outputs, head);
  if (output === undefined)
    return `${outputs.length} outputs, ${outputs.join(", ")}: name one with checkpoint.head in unbatch.yaml`;
  try {
    const found: Found = { roles: [], evidence: [], inputs: new Map(), checkpoint };
    const whole = expressionOf(graph, output);
    const score = withoutLink(whole);
    for (const part of score.kind === "sum" ? score.parts : [score]) addTerm(found, part);
    if (score !== whole) found.evidence.push("the final sigmoid is the link, not a layer");
    const used = new Set(found.roles.map(({ tensor }) => tensor));
    const unused = [...checkpoint.tensors.values()].filter(
      ({ name, dtype }) => /float|double|half/.test(dtype) && !used.has(name),
    );
    const otherHeads = outputs.filter((name) => name !== output);
    if (unused.length > 0 && otherHeads.length === 0)
      return `${unused[0]?.name ?? ""}, which its graph does not use for ${output}`;
    return {
      family: familyOf(found),
      roles: found.roles,
      evidence: [`its own graph, from ${output} down`, ...found.evidence, ...bagsIn(graph)],
      assumed: [],
      unused: unused.map(({ name }) => name),
      inputs: found.inputs,
      ...(found.layout === undefined ? {} : { layout: found.layout }),
      otherHeads,
      sharedTensors: new Set(otherHeads.flatMap((other) => tensorsBelow(graph, other))),
    };
  } catch (error) {
    if (error instanceof Unexplained) return error.message;
    throw error;
  }
}

/** Its outputs but those that are the sigmoid of another: one score, served in two forms. */
export function scoresIn(graph: Graph): string[] {
  const made = new Set(graph.outputs.map((output) => unchanged(graph, output)));
  return graph.outputs.filter((output) => {
    const { operation, inputs: [of] = [] } = graph.nodes.get(unchanged(graph, output)) ?? {};
    const isSigmoid = operation?.kind === "activation" && operation.activation === "sigmoid";
    return !(isSigmoid && of !== undefined && made.has(unchanged(graph, of)));
  });
}

function withoutLink(score: Expression): Expression {
  if (score.kind === "layer" && score.activation === "sigmoid") return { ...score, activation: "linear" };
  return score.kind === "activated" && score.activation === "sigmoid" ? score.below : score;
}

function addTerm(found: Found, part: Expression): void {
  const { roles, evidence } = found;
  const tensor = "tensor" in part ? found.checkpoint.tensors.get(part.tensor) : undefined;
  if (part.kind === "tensor") {
    roles.push({ role: "bias", tensor: part.tensor, layout: "rows" });
    evidence.push(`a number added to every score: ${part.tensor}`);
  } else if (part.kind === "row" && tensor?.shape[1] === 1) {
    roles.push({ role: `linear/${hintOf(part)}`, tensor: part.tensor, layout: "rows" });
    evidence.push(`one weight a row: ${part.tensor}`);
  } else if (part.kind === "inner-product") addInnerProduct(found, part);
  else if (part.kind === "layer") addStack(found, part);
  else throw new Unexplained(`a sum with ${part.kind} in it`);
}

function addInnerProduct(found: Found, { left, right }: Expression & { kind: "inner-product" }): void {
  const { roles, evidence } = found;
  if (left.kind === "row" && right.kind === "row") {
    for (const side of [left, right])
      roles.push({ role: `dot/${hintOf(side)}`, tensor: side.tensor, layout: "rows" });
    evidence.push(`the inner product of ${left.tensor} and ${right.tensor}`);
    return;
  }
  const isSwapped = sideOf(tensorIn(left)) === "right" && sideOf(tensorIn(right)) !== "right";
  for (const [side, tower] of [
    ["left", isSwapped ? right : left],
    ["right", isSwapped ? left : right],
  ] as const) {
    const { layers, base } = peel(found, tower);
    addInputs(found, `towers/${side}`, base, layers[0]);
    roles.push(...stackRoles(`towers/${side}`, layers));
    evidence.push(layers.length === 0 ? `a tower of ${tensorIn(tower)}` : `a tower ${stackWords(layers)}`);
  }
}

/** A stack to one number; where its last layer stands on a product beside a stack, NeuMF: one stack for each. */
function addStack(found: Found, top: Expression & { kind: "layer" }): void {
  const { roles, evidence } = found;
  const { layers, base } = peel(found, top);
  const [first] = layers;
  if (first === undefined || layers.at(-1)?.units !== 1) throw new Unexplained("a score of several numbers");
  const nested = base.findIndex(({ kind }) => kind === "layer");
  if (nested >= 0) {
    const below = base[nested];
    const product = base[1 - nested];
    if (layers.length !== 1 || base.length !== 2 || below?.kind !== "layer" || product?.kind !== "product")
      throw new Unexplained(`${first.kernel} on something else than a product and layers`);
    const mlp = peel(found, below);
    const width = widthOf(found, product);
    const units = mlp.layers.at(-1)?.units ?? 0;
    if (width + units !== first.inputs)
      throw new Unexplained(`${first.kernel} on ${width} + ${units} numbers`);
    addInputs(found, "gmf", [product], undefined);
    const from = nested === 0 ? units : 0;
    const { bias, ...half } = first;
    roles.push({ role: "gmf/kernel_0", tensor: first.kernel, layout: first.layout, firstRow: from });
    addInputs(found, "deep", mlp.base, mlp.layers[0]);
    const rest = stackRoles("deep", [
      ...mlp.layers,
      { ...half, inputs: units, ...(bias === undefined ? {} : { bias }) },
    ]);
    roles.push(
      ...rest.map((role) =>
        role.tensor === first.kernel ? { ...role, firstRow: nested === 0 ? 0 : width } : role,
      ),
    );
    evidence.push(`layers ${stackWords(mlp.layers)}`, `${first.kernel} over a product and those layers`);
    return;
  }
  const [only] = base;
  if (base.length === 1 && only?.kind === "interaction") {
    addInteraction(found, layers, only);
    return;
  }
  const isGmf = base.length === 1 && base[0]?.kind === "product";
  const isWide = layers.length === 1 && base.every(({ kind }) => kind === "numbers");
  if (isWide) {
    roles.push({ role: "linear", tensor: first.kernel, layout: first.layout });
    if (first.bias !== undefined) roles.push({ role: "bias", tensor: first.bias, layout: "rows" });
    evidence.push(`one weight a number: ${first.kernel}`);
    return;
  }
  const stack = isGmf ? "gmf" : "deep";
  if (roles.some(({ role }) => role.startsWith(`${stack}/kernel_`)))
    throw new Unexplained(`two stacks, one of ${first.kernel}`);
  addInputs(found, stack, base, first);
  roles.push(...stackRoles(stack, layers));
  evidence.push(`layers ${stackWords(layers)}`);
}

/** What the graph says of a feature with several values an event. */
function bagsIn(graph: Graph): string[] {
  return [...graph.nodes.values()].flatMap(({ operation }) =>
    operation.kind === "rows" && operation.combine !== undefined
      ? [`${operation.tensor} gives the ${operation.combine} of several rows: bag: ${operation.combine}`]
      : [],
  );
}

/** The first tensor that a tower reads, for its name. */
function tensorIn(part: Expression): string {
  if ("tensor" in part) return part.tensor;
  if (part.kind === "layer") return sideOf(part.kernel) === undefined ? tensorIn(part.below) : part.kernel;
  if ("below" in part) return tensorIn(part.below);
  if ("parts" in part) return part.parts.map(tensorIn).find((name) => name !== "") ?? "";
  return part.kind === "numbers" ? part.input : "";
}

function familyOf({ roles }: Found): FamilyName {
  const has = (stack: string): boolean => roles.some(({ role }) => role.startsWith(`${stack}/`));
  if (has("interaction")) return "dlrm";
  if (has("towers")) return "two-tower";
  if (has("gmf")) return has("deep") ? "neumf" : "gmf";
  if (has("dot")) return has("deep") ? "neumf" : "matrix-factorisation";
  if (!has("deep")) return "logistic-regression";
  const rows = roles.filter(({ role }) => /^deep\/(?!kernel_|bias_|norm_)/.test(role));
  return rows.length === 2 && !roles.some(({ role }) => /^(bias|linear)/.test(role))
    ? "ncf"
    : "wide-and-deep";
}
