import type { Tensor } from "../../core/tensor.js";
import type { BatchNormalisation } from "../graph.js";
import type { Layer } from "./layers.js";
import { moduleOf, numberedModule, plainName } from "./tensor-names.js";

const MEAN = /[./](running_mean|moving_mean)$/;
const VARIANCE = /[./](running_var|moving_variance)$/;
const GAMMA = /[./](weight|gamma)$/;
const BETA = /[./](bias|beta)$/;

/** One BatchNorm of the source, by its module. */
export interface NamedNorm {
  module: string;
  width: number;
  norm: BatchNormalisation;
  /** Before which tensor of the file it stands: their number. */
  place: number;
  tensors: readonly string[];
}

/** BatchNorms by their running means and variances, with gamma and beta where they have them. */
export function normsOf(tensors: readonly Tensor[]): NamedNorm[] {
  return tensors.flatMap(({ name: mean, shape }): NamedNorm[] => {
    if (!MEAN.test(plainName(mean))) return [];
    const module = moduleOf(mean);
    const own = tensors.filter(({ name }) => moduleOf(name) === module).map(({ name }) => name);
    const named = (pattern: RegExp): string | undefined => own.find((name) => pattern.test(plainName(name)));
    const variance = named(VARIANCE);
    if (variance === undefined) return [];
    const norm = { mean, variance, gamma: named(GAMMA), beta: named(BETA) };
    const place = Math.min(...own.map((name) => tensors.findIndex((tensor) => tensor.name === name)));
    const parts = [mean, variance, norm.gamma, norm.beta].flatMap((tensor) => tensor ?? []);
    return [{ module, width: shape[0] ?? 0, norm, place, tensors: parts }];
  });
}

/**
 * The layers with each BatchNorm at its place: in a numbered container (`mlp.0`, `mlp.1` ...) where its number says,
 * otherwise by width, after the layer (Keras and TensorFlow: after its activation; PyTorch: before), or of the numbers
 * among what enters the one stack there is. `vectors`: how wide those beside the numbers are. `assumed` says so.
 */
export function placeNorms(
  chains: readonly (readonly Layer[])[],
  norms: readonly NamedNorm[],
  tensors: readonly Tensor[],
  vectors: number,
): { chains: Layer[][]; assumed: string[]; unplaced: NamedNorm[] } {
  const placed = chains.map((chain) => chain.map((layer) => ({ ...layer })));
  const all = placed.flat();
  const assumed: string[] = [];
  const unplaced: NamedNorm[] = [];
  for (const one of norms) {
    const spot =
      numberedSpot(placed, one) ?? spotByWidth(placed, one, tensors) ?? spotOfNumbers(placed, one, vectors);
    if (spot === undefined) {
      unplaced.push(one);
      continue;
    }
    const layer = all[all.indexOf(spot.layer)];
    if (layer !== undefined) layer[spot.side] = one.norm;
    const where =
      spot.side === "normIn"
        ? `of what enters ${spot.layer.kernel}`
        : `between ${spot.layer.kernel} and its activation`;
    assumed.push(`BatchNorm ${one.module} ${where} (${spot.because})`);
  }
  return { chains: placed, assumed, unplaced };
}

/** Of the numbers alone, before they are put beside vectors. */
function spotOfNumbers(
  chains: readonly (readonly Layer[])[],
  { width }: NamedNorm,
  vectors: number,
): Spot | undefined {
  const [chain, other] = chains.filter((one) => one.length > 1);
  const first = chain?.[0];
  if (first === undefined || other !== undefined || first.normIn !== undefined) return undefined;
  const because = `the ${width} that vectors leave of its ${first.inputs}: the dense features`;
  return first.inputs - vectors === width ? { layer: first, side: "normIn", because } : undefined;
}

interface Spot {
  layer: Layer;
  side: "normIn" | "normOut";
  because: string;
}

/** `mlp.0` Linear, `mlp.1` BatchNorm: between it and its activation; `mlp.2` before `mlp.3`: after the activation. */
function numberedSpot(chains: readonly (readonly Layer[])[], { module, width }: NamedNorm): Spot | undefined {
  const own = numberedModule(module);
  if (own === undefined) return undefined;
  const [container, index] = own;
  const because = "by its number among the layers";
  for (const chain of chains) {
    const numbered = chain.flatMap((layer) => {
      const [name, at] = numberedModule(moduleOf(layer.kernel)) ?? [];
      return name === container && at !== undefined ? [{ layer, at }] : [];
    });
    const before = numbered.filter(({ at }) => at < index).at(-1);
    const after = numbered.find(({ at }) => at > index);
    if (before !== undefined && before.at === index - 1 && before.layer.units === width)
      return { layer: before.layer, side: "normOut", because };
    const next = after?.layer ?? (before === undefined ? undefined : chain[chain.indexOf(before.layer) + 1]);
    if (next !== undefined && next.inputs === width) return { layer: next, side: "normIn", because };
  }
  return undefined;
}

function spotByWidth(
  chains: readonly (readonly Layer[])[],
  { width, place, module }: NamedNorm,
  tensors: readonly Tensor[],
): Spot | undefined {
  const isAfterActivation = tensors.some(({ name }) => /[./](moving_mean|kernel)$/.test(plainName(name)));
  const placeOf = ({ kernel }: Layer): number => tensors.findIndex(({ name }) => name === kernel);
  const free = chains.flatMap((chain) =>
    chain.flatMap((layer, index): Spot[] => {
      const next = chain[index + 1];
      const entering = index === 0 && layer.inputs === width && layer.normIn === undefined;
      const leaving =
        layer.units === width &&
        layer.normOut === undefined &&
        next !== undefined &&
        next.normIn === undefined;
      const because = `by its width ${width}; checkpoint.tensors can say otherwise`;
      return [
        ...(entering ? [{ layer, side: "normIn" as const, because }] : []),
        ...(leaving
          ? [
              isAfterActivation
                ? { layer: next, side: "normIn" as const, because }
                : { layer, side: "normOut" as const, because },
            ]
          : []),
      ];
    }),
  );
  // `dnn.bn.1` belongs to `dnn.linears.1`; otherwise the nearest before it in the file.
  const index = numberedModule(module)?.[1];
  const alike = free.filter(({ layer }) => numberedModule(moduleOf(layer.kernel))?.[1] === index);
  const [onlyAlike] = alike.length === 1 && index !== undefined ? alike : [];
  return (
    onlyAlike ??
    free.filter(({ layer, side }) => side === "normOut" && placeOf(layer) < place).at(-1) ??
    free[0]
  );
}
