import type { Checkpoint } from "../checkpoint.js";
import { type Expression, Unexplained } from "./expression.js";
import type { Role, SourceInput, TensorLayout } from "./family.js";
import { canonicalName, featureHint } from "./feature-hint.js";
import { type Layer, normRoles } from "./layers.js";

/** What a graph's output is made of: roles by term. */
export interface Found {
  roles: Role[];
  evidence: string[];
  inputs: Map<string, readonly SourceInput[]>;
  layout?: TensorLayout;
  checkpoint: Checkpoint;
}

/** Layers from the input up, and what stands side by side below the first. */
export function peel(
  { checkpoint }: Found,
  top: Expression,
): { layers: Layer[]; base: readonly Expression[] } {
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

/** What stands below a stack, and the BatchNorm of one part of it, which the first layer takes in. */
export function addInputs(
  found: Found,
  stack: string,
  base: readonly Expression[],
  first: Layer | undefined,
): void {
  const { roles, inputs } = found;
  const bare = base.map((part) => (part.kind === "normalised" ? part.below : part));
  base.forEach((part, at) => {
    if (part.kind !== "normalised") return;
    const place = `${stack}/norm_in_0`;
    if (first === undefined || first.normIn !== undefined || roles.some(({ role }) => role.startsWith(place)))
      throw new Unexplained(`BatchNorm of two parts below the layers of ${stack}`);
    roles.push(...normRoles(place, part.of, startOf(found, base, at, first.inputs)));
  });
  const list = bare.map((part): SourceInput => {
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
export function hintOf({ tensor, input }: Expression & { kind: "row" }): string {
  return featureHint(tensor) || canonicalName(input);
}

/** Where a part begins among so many numbers: those of the log are one each, or all that vectors leave where they come as one. */
function startOf(found: Found, base: readonly Expression[], at: number, inputs: number): number {
  const known = base.map((part) =>
    part.kind === "normalised"
      ? (found.checkpoint.tensors.get(part.of.mean)?.shape[0] ?? 0)
      : part.kind === "numbers"
        ? 0
        : widthOf(found, part),
  );
  const plain = base.filter(({ kind }) => kind === "numbers").length;
  const left = inputs - known.reduce((sum, width) => sum + width, 0);
  return known
    .slice(0, at)
    .reduce((sum, width, place) => sum + (base[place]?.kind === "numbers" ? left / plain : width), 0);
}

export function widthOf({ checkpoint }: Found, part: Expression): number {
  if (part.kind === "product") return widthOf({ checkpoint } as Found, part.left);
  if (part.kind === "sum" && part.parts[0] !== undefined)
    return widthOf({ checkpoint } as Found, part.parts[0]);
  return part.kind === "row" ? (checkpoint.tensors.get(part.tensor)?.shape[1] ?? 0) : 0;
}
