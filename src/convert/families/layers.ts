import type { Activation } from "../../core/model-spec.js";
import type { Tensor } from "../../core/tensor.js";
import type { BatchNormalisation } from "../graph.js";
import type { Role } from "./family.js";
import { moduleOf, numberedModule, plainName } from "./tensor-names.js";

export interface Layer {
  kernel: string;
  layout: "rows" | "transposed";
  bias?: string | undefined;
  inputs: number;
  units: number;
  /** Where the source says. */
  activation?: Activation | undefined;
  /** Of what enters the layer, and of what leaves it before its activation. */
  normIn?: BatchNormalisation | undefined;
  normOut?: BatchNormalisation | undefined;
}

/** A kernel ([in, out]) or a PyTorch Linear ([out, in]): told from an embedding by its name, its bias, or its one row. */
export function layersOf(tensors: readonly Tensor[]): Layer[] {
  const biases = new Map(
    tensors
      .filter(({ name }) => /[./]bias$/.test(plainName(name)))
      .map((tensor) => [moduleOf(tensor.name), tensor]),
  );
  const biasOf = ({ name, shape }: Tensor, units: number): string | undefined => {
    const bias = biases.get(moduleOf(name)) ?? tensors.find((one) => one.name === name.replace(/_W$/, "_b"));
    const fits = shape.length === 2 && bias?.shape.length === 1 && bias.shape[0] === units;
    return fits ? bias.name : undefined;
  };
  const isWeight = ({ name }: Tensor): boolean => /(^|\.)weight$/.test(name) && !/embed/i.test(name);
  // A Linear without a bias is one where it stands in a row with others (`mlp.4` after `mlp.0`).
  const containers = new Set(
    tensors
      .filter((tensor) => isWeight(tensor) && biasOf(tensor, tensor.shape[0] ?? 0) !== undefined)
      .flatMap(({ name }) => numberedModule(moduleOf(name))?.[0] ?? []),
  );
  const layers: Layer[] = [];
  for (const tensor of tensors) {
    const { name, shape } = tensor;
    const [first = 0, second = 0] = shape;
    if (shape.length !== 2 || first === 0 || second === 0) continue;
    // Keras 1 named a kernel after its layer: `layer1/layer1_W`.
    const isKernel = /[./]kernel$|_W$/.test(plainName(name)) && !/embed/i.test(name);
    const units = isKernel ? second : first;
    const bias = biasOf(tensor, units);
    const isInRow = containers.has(numberedModule(moduleOf(name))?.[0] ?? "");
    const isLinear = isWeight(tensor) && (bias !== undefined || isInRow || (first === 1 && second > 1));
    if (!isKernel && !isLinear) continue;
    layers.push({
      kernel: name,
      layout: isKernel ? "rows" : "transposed",
      ...(bias === undefined ? {} : { bias }),
      inputs: isKernel ? first : second,
      units,
    });
  }
  return inForwardOrder(layers);
}

/** By module, with numbers in their order (hiddenlayer_10 after hiddenlayer_9); `logits` and the like come last. */
function inForwardOrder(layers: readonly Layer[]): Layer[] {
  const isEstimator = layers.some(({ kernel }) => /hiddenlayer_\d+/.test(kernel));
  if (!isEstimator) return [...layers];
  const place = ({ kernel }: Layer): number => Number(/hiddenlayer_(\d+)/.exec(kernel)?.[1] ?? Infinity);
  return [...layers].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

/** Layers in file order, cut wherever the inputs of one are not the units of the one before, or a tower ends. */
export function chainsOf(layers: readonly Layer[]): Layer[][] {
  const chains: Layer[][] = [];
  for (const layer of layers) {
    const chain = chains.at(-1);
    const last = chain?.at(-1);
    const isOtherTower = last !== undefined && sideOf(last.kernel) !== sideOf(layer.kernel);
    if (chain !== undefined && last?.units === layer.inputs && !isOtherTower) chain.push(layer);
    else chains.push([layer]);
  }
  return chains;
}

/** Which of two towers a name speaks of. */
export function sideOf(name: string): "left" | "right" | undefined {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  if (/(^|[^a-z])(user|query|customer|member|visitor|viewer)(?![a-z])/.test(words)) return "left";
  if (/(^|[^a-z])(item|candidate|movie|product|document|doc|ad|article)(?![a-z])/.test(words)) return "right";
  return undefined;
}

/** The roles of a stack's layers and of the BatchNorms between them. */
export function stackRoles(stack: string, layers: readonly Layer[]): Role[] {
  return layers.flatMap(({ kernel, layout, bias, activation, normIn, normOut }, index): Role[] => [
    {
      role: `${stack}/kernel_${index}`,
      tensor: kernel,
      layout,
      ...(activation === undefined ? {} : { activation }),
    },
    ...(bias === undefined
      ? []
      : [{ role: `${stack}/bias_${index}`, tensor: bias, layout: "rows" as const }]),
    ...normRoles(`${stack}/norm_in_${index}`, normIn),
    ...normRoles(`${stack}/norm_out_${index}`, normOut),
  ]);
}

/** The roles of one BatchNorm; `firstRow`: the first input that it normalises, where that is not the layer's first. */
export function normRoles(place: string, norm: BatchNormalisation | undefined, firstRow?: number): Role[] {
  if (norm === undefined) return [];
  return (["gamma", "beta", "mean", "variance"] as const).flatMap((part): Role[] => {
    const tensor = norm[part];
    if (tensor === undefined) return [];
    const epsilon = part === "variance" ? norm.epsilon : undefined;
    return [
      {
        ...{ role: `${place}/${part}`, tensor, layout: "rows" as const },
        ...(epsilon === undefined ? {} : { epsilon }),
        ...(firstRow === undefined ? {} : { firstRow }),
      },
    ];
  });
}

/** `3 -> 100 -> 1: kernel, kernel`. */
export function stackWords(layers: readonly Layer[]): string {
  const shape = [layers[0]?.inputs, ...layers.map(({ units }) => units)].join(" -> ");
  return `${shape}: ${layers.map(({ kernel }) => kernel).join(", ")}`;
}
