import type { Tensor } from "../../core/tensor.js";
import type { Role } from "./family.js";
import { plainName } from "./tensor-names.js";

/** The crosses of a deep & cross network, from the input up. */
export interface Crosses {
  form: "vector" | "matrix";
  width: number;
  roles: readonly Role[];
}

const CROSS = /(^|[./_])(cross[a-z]*|crossnet|cn)(?=[./_\d])/i;

/**
 * Tensors whose names speak of crosses: a kernel of n numbers (Wang et al. 2017) or n x n (2021) and a bias of n each,
 * by the number in their names. PyTorch's implementations compute W x, so that a matrix is transposed; Keras' x W.
 * Undefined where there are none, or where they do not pair.
 */
export function crossesOf(tensors: readonly Tensor[]): Crosses | undefined {
  const named = tensors.filter(({ name }) => CROSS.test(name) && !/(running|moving)_(mean|var)/.test(name));
  const isBias = (name: string): boolean => /bias|(^|[./_])b([./_]\d+)?$/i.test(plainName(name));
  const numbered = (list: readonly Tensor[]): Tensor[] =>
    [...list].sort((a, b) => numberOf(a.name) - numberOf(b.name));
  const kernels = numbered(named.filter(({ name, shape }) => !isBias(name) && shape.length <= 2));
  const biases = numbered(named.filter(({ name }) => isBias(name)));
  const width = Math.max(...(kernels[0]?.shape ?? [0]));
  const isMatrix = kernels[0]?.shape.length === 2 && kernels[0].shape[0] === kernels[0].shape[1] && width > 1;
  const size = isMatrix ? width * width : width;
  const fits = (list: readonly Tensor[], elements: number): boolean =>
    list.every(({ shape }) => shape.reduce((product, axis) => product * axis, 1) === elements);
  if (kernels.length === 0 || !fits(kernels, size) || !fits(biases, width)) return undefined;
  if (biases.length !== 0 && biases.length !== kernels.length) return undefined;
  const roles = kernels.flatMap(({ name }, index): Role[] => {
    const bias = biases[index];
    const layout = isMatrix && !/\/kernel$/.test(plainName(name)) ? "transposed" : "rows";
    return [
      { role: `cross/cross_kernel_${index}`, tensor: name, layout },
      ...(bias === undefined
        ? []
        : [{ role: `cross/cross_bias_${index}`, tensor: bias.name, layout: "rows" as const }]),
    ];
  });
  return { form: isMatrix ? "matrix" : "vector", width, roles };
}

function numberOf(name: string): number {
  return Number(/(\d+)(?!.*\d)/.exec(plainName(name))?.[1] ?? 0);
}
