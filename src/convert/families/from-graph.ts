import type { Checkpoint } from "../checkpoint.js";
import type { Graph } from "../graph.js";
import { type Expression, expressionOf, Unexplained } from "./expression.js";
import type { FamilyName, Recognised, Role, SourceInput } from "./family.js";
import { canonicalName, featureHint } from "./feature-hint.js";
import { headNamed } from "./heads.js";
import { type Layer, sideOf, stackRoles, stackWords } from "./layers.js";
import { tensorsBelow } from "./tensors-below.js";

/** What a graph's output is made of: roles by term. */
interface Found {
  roles: Role[];
  evidence: string[];
  inputs: Map<string, readonly SourceInput[]>;
  checkpoint: Checkpoint;
}

/**
 * The family of a checkpoint from its own graph: which terms its output is the sum of, in which order inputs stand and
 * which activation each layer has. The final sigmoid is the link. `head` names the output where there are several.
 * Returns why it cannot be told, in words, where the graph has something of which no family is made.
 */
export function recogniseGraph(checkpoint: Checkpoint, head: string | undefined): Recognised | string {
  const { graph } = checkpoint;
  if (graph === undefined) return "no graph";
  const { outputs } = graph;
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
      otherHeads,
      sharedTensors: new Set(otherHeads.flatMap((other) => tensorsBelow(graph, other))),
    };
  } catch (error) {
    if (error instanceof Unexplained) return error.message;
    throw error;
  }
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
    addInputs(found, `towers/${side}`, base);
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
    addInputs(found, "gmf", [product]);
    const from = nested === 0 ? units : 0;
    const { bias, ...half } = first;
    roles.push({ role: "gmf/kernel_0", tensor: first.kernel, layout: first.layout, firstRow: from });
    addInputs(found, "deep", mlp.base);
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
  addInputs(found, stack, base);
  roles.push(...stackRoles(stack, layers));
  evidence.push(`layers ${stackWords(layers)}`);
}

/** Layers from the input up, and what stands side by side below the first. */
function peel({ checkpoint }: Found, top: Expression): { layers: Layer[]; base: readonly Expression[] } {
  const layers: Layer[] = [];
  let at = top;
  for (;;) {
    if (at.kind === "normalised") {
      const [above] = layers;
      if (above === undefined || above.normIn !== undefined)
        throw new Unexplained("BatchNorm that enters no layer");
      above.normIn = at.of;
      at = at.below;
    } else if (at.kind === "layer") {
      const [first = 0, second = 0] = checkpoint.tensors.get(at.kernel)?.shape ?? [];
      const [inputs, units] = at.layout === "rows" ? [first, second] : [second, first];
      const { kernel, layout, bias, activation, normalised } = at;
      layers.unshift({
        ...{ kernel, layout, inputs, units, activation },
        ...(bias === undefined ? {} : { bias }),
        ...(normalised === undefined ? {} : { normOut: normalised }),
      });
      at = at.below;
    } else return { layers, base: at.kind === "beside" ? at.parts : [at] };
  }
}

function addInputs({ roles, inputs }: Found, stack: string, base: readonly Expression[]): void {
  const list = base.map((part): SourceInput => {
    if (part.kind === "row") {
      roles.push({ role: `${stack}/${hintOf(part)}`, tensor: part.tensor, layout: "rows" });
      return { tensor: part.tensor };
    }
    if (part.kind === "numbers") return { numbers: part.input };
    if (part.kind === "product" && part.left.kind === "row" && part.right.kind === "row") {
      for (const side of [part.left, part.right])
        roles.push({ role: `${stack}/${hintOf(side)}`, tensor: side.tensor, layout: "rows" });
      return { product: [part.left.tensor, part.right.tensor] };
    }
    if (part.kind === "sum" && part.parts.every((one) => one.kind === "row")) {
      const rows = part.parts.filter((one) => one.kind === "row");
      for (const row of rows)
        roles.push({ role: `${stack}/${hintOf(row)}`, tensor: row.tensor, layout: "rows" });
      return { sum: rows.map(({ tensor }) => tensor) };
    }
    throw new Unexplained(`${part.kind} below the layers of ${stack}`);
  });
  inputs.set(stack, list);
}

/** The word for a feature: what its tensor is called, else the input that names the row. */
function hintOf({ tensor, input }: Expression & { kind: "row" }): string {
  return featureHint(tensor) || canonicalName(input);
}

/** What the graph says of a feature with several values an event. */
function bagsIn(graph: Graph): string[] {
  return [...graph.nodes.values()].flatMap(({ operation }) =>
    operation.kind === "rows" && operation.combine !== undefined
      ? [`${operation.tensor} gives the ${operation.combine} of several rows: bag: ${operation.combine}`]
      : [],
  );
}

function widthOf({ checkpoint }: Found, part: Expression): number {
  if (part.kind === "product") return widthOf({ checkpoint } as Found, part.left);
  return part.kind === "row" ? (checkpoint.tensors.get(part.tensor)?.shape[1] ?? 0) : 0;
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
  if (has("towers")) return "two-tower";
  if (has("gmf")) return has("deep") ? "neumf" : "gmf";
  if (has("dot")) return has("deep") ? "neumf" : "matrix-factorisation";
  if (!has("deep")) return "logistic-regression";
  const rows = roles.filter(({ role }) => /^deep\/(?!kernel_|bias_|norm_)/.test(role));
  return rows.length === 2 && !roles.some(({ role }) => /^(bias|linear)/.test(role))
    ? "ncf"
    : "wide-and-deep";
}
