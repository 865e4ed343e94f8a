import type { InteractionLayout } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import type { InteractionSpec } from "../core/model-spec.js";
import { interactionVectors, interactionWidth } from "../core/table-shapes.js";
import { bindLayers } from "./bind-layers.js";
import { type Binding, hasStack, toldTerm, widthEntering } from "./bind-networks.js";
import { bindRows } from "./bind-rows.js";
import { type BoundTable, type BoundTerms, refuseTwice, type Source, type SourceLayout } from "./bound.js";
import { isLayerRole, splitRole, type TensorLayout } from "./families/family.js";
import { pairsOf } from "./pairs.js";

/**
 * A DLRM. The online term has its own order of what the upper layers read; the rows of their first kernel are put into
 * it. Errors: vectors of two widths, a first upper layer of another size, an order that leaves something out.
 */
export function bindInteraction({ source, taken }: Binding): BoundTerms {
  if (!hasStack(source, "interaction")) return { terms: [], tables: [] };
  const { config, recognised } = source;
  const told = toldTerm(source, "interaction", "interaction");
  const roles = recognised.roles.filter(
    ({ role }) => splitRole(role)[0] === "interaction" && !isLayerRole(role),
  );
  const vectors = roles.map((role) => bindRows(source, role, "interaction"));
  refuseTwice(source, vectors);
  const width = vectors[0]?.width ?? 0;
  const named = new Set(vectors.map(({ feature }) => feature));
  const features = config.features.flatMap(({ name }) => (named.has(name) ? [name] : []));
  const numbers = widthEntering(source, "interaction/bottom");
  const all = config.features.filter(({ encoder }) => encoder.kind === "dense").map(({ name }) => name);
  const dense = numbers === undefined ? [] : (told?.dense ?? all);
  const bottom = bindLayers(
    source,
    {
      ...{
        stack: "interaction/bottom",
        term: "interaction",
        inputs: dense.length,
        words: `numbers ${dense.join(", ")}`,
      },
      ...{ endsInScore: false, told: told?.activation },
    },
    taken,
  );
  const layout =
    config.checkpoint?.interaction === undefined && recognised.layout !== undefined
      ? layoutOfGraph(source, recognised.layout, vectors)
      : layoutOf(source, features, dense.length > 0);
  const above = layout.above.includes("vectors") ? "vectors" : "dense";
  const spec = { kind: "interaction", name: "interaction", features, dense, above, width } as const;
  const term: Omit<InteractionSpec, "top"> = { ...spec, bottom: bottom.layers };
  const entering = interactionWidth({ ...term, top: [] });
  const top = bindLayers(
    source,
    {
      ...{
        stack: "interaction/top",
        term: "interaction",
        inputs: entering,
        endsInScore: true,
        told: told?.activation,
      },
      words: `${layout.above.join(", ")} of ${layout.vectors.length} vectors of ${width}; checkpoint.interaction says what stands there`,
      order: sourceRows(layout, spec),
    },
    taken,
  );
  const words = layout.vectors.map((feature) => feature ?? "dense").join(", ");
  const pairs = layout.pairs
    .slice(0, 3)
    .map((pair) => `(${pair.join(",")})`)
    .join(" ");
  return {
    terms: [{ ...term, top: top.layers }],
    tables: [...vectors, ...bottom.tables, ...top.tables],
    assumed: [
      `vectors in this order: ${words}; pairs ${pairs} ...; above them ${layout.above.join(", ")} (${layoutBy(source)})`,
      ...bottom.assumed,
      ...top.assumed,
    ],
    norms: [...bottom.norms, ...top.norms],
    layout,
  };
}

function layoutBy({ config, recognised }: Source): string {
  if (config.checkpoint?.interaction !== undefined) return "as checkpoint.interaction says";
  if (recognised.layout !== undefined) return "as its graph says";
  return "as the reference implementation has it; only golden outputs can prove it";
}

/** Tensors of the graph's order -> features. */
function layoutOfGraph(
  { where }: Source,
  layout: TensorLayout,
  tables: readonly (BoundTable & { feature: string })[],
): SourceLayout {
  const vectors = layout.vectors.map((tensor) => {
    const table = tables.find((one) => one.tensor === tensor);
    if (tensor !== undefined && table === undefined) throw new TypeError(`${where}: no feature of ${tensor}`);
    return table?.feature;
  });
  return { ...layout, vectors };
}

function layoutOf(source: Source, features: readonly string[], hasDense: boolean): SourceLayout {
  const told: InteractionLayout | undefined = source.config.checkpoint?.interaction;
  const own = hasDense ? ["dense", ...features] : [...features];
  const named = told?.vectors ?? own;
  if ([...named].sort().join() !== [...own].sort().join()) {
    throw new UnbatchError({
      where: "checkpoint.interaction.vectors of unbatch.yaml",
      found: named.join(", "),
      expected: `each of ${own.join(", ")} once`,
    });
  }
  const vectors = named.map((name) => (name === "dense" ? undefined : name));
  const pairs = pairsOf(vectors.length, told?.pairs ?? "lower");
  const first = widthEntering(source, "interaction/top") ?? 0;
  const width = first - pairs.length;
  const widest = (source.checkpoint.tensors.get(firstTable(source))?.shape[1] ?? 1) * vectors.length;
  const guess: SourceLayout["above"] =
    width === widest ? ["dense", "products", "vectors"] : ["dense", "products"];
  const above = (told?.above ?? guess).filter((part) => part !== "dense" || hasDense);
  return { vectors, pairs, above };
}

function firstTable({ recognised }: Source): string {
  return (
    recognised.roles.find(({ role }) => splitRole(role)[0] === "interaction" && !isLayerRole(role))?.tensor ??
    ""
  );
}

/** The source's row of each row of the online term's first upper kernel. */
function sourceRows(
  { vectors, pairs, above }: SourceLayout,
  spec: Pick<InteractionSpec, "features" | "dense" | "above" | "width">,
): number[] {
  const { width } = spec;
  const online = [...(spec.dense.length > 0 ? [undefined] : []), ...spec.features];
  const starts = new Map<string, number>();
  let at = 0;
  for (const part of above) {
    starts.set(part, at);
    at += part === "dense" ? width : part === "products" ? pairs.length : spec.features.length * width;
  }
  const embedded = vectors.filter((feature) => feature !== undefined);
  const startOf = (feature: string | undefined): number =>
    feature === undefined
      ? (starts.get("dense") ?? 0)
      : (starts.get("vectors") ?? 0) + embedded.indexOf(feature) * width;
  const { raised } = interactionVectors(spec);
  const rows = online
    .slice(0, raised)
    .flatMap((feature) => Array.from({ length: width }, (_, k) => startOf(feature) + k));
  const places = online.map((feature) => vectors.indexOf(feature));
  for (let i = 1; i < online.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [places[i] ?? 0, places[j] ?? 0];
      const pair = pairs.findIndex(
        ([left, right]) => (left === a && right === b) || (left === b && right === a),
      );
      rows.push((starts.get("products") ?? 0) + pair);
    }
  }
  return rows;
}
