import type { Tensor } from "../../../core/tensor.js";
import type { ExportedTensor } from "../exported.js";
import { OrderedDict } from "./pickle-writer.js";
import { torchFile } from "./torch-file.js";

/** A tensor as PyTorch's own modules keep it: a layer's kernel is [out, in], its bias [out]. */
interface Parameter {
  name: string;
  shape: readonly number[];
  values: Float32Array | Float64Array;
}

/**
 * A state_dict of every table: `dot/user` is `dot.user.weight`, `deep/kernel_0` is `deep.layers.0.weight`,
 * `cross/cross_kernel_0` is `cross.crosses.0.weight`.
 */
export function stateDict(tensors: readonly ExportedTensor[]): Uint8Array {
  return torchFile((store) => {
    const parameters = tensors.map(parameterOf);
    return new OrderedDict(parameters.map(({ name, shape, values }) => [name, store(values, shape)]));
  });
}

/** The name and the axes alone. */
export function parameterNamed(exported: ExportedTensor): Pick<Parameter, "name" | "shape"> {
  const { tensor, table } = exported;
  const [rows = 0, width = 0] = tensor.shape;
  const [, stack = "", cross, part, index] = /^(.*)\/(cross_)?(kernel|bias)_(\d+)$/.exec(table) ?? [];
  const dotted = (name: string): string => name.replaceAll("/", ".");
  const layer = `${dotted(stack)}.${cross === undefined ? "layers" : "crosses"}.${index}`;
  if (part === "bias") return { name: `${layer}.bias`, shape: [width] };
  if (isTurned(exported))
    return {
      name: `${part === "kernel" ? layer : dotted(table)}.weight`,
      shape: [width, rows],
    };
  if (part === "kernel") return { name: `${layer}.weight`, shape: [rows, width] };
  return isOne(tensor)
    ? { name: dotted(table), shape: [1] }
    : { name: `${dotted(table)}.weight`, shape: [rows, width] };
}

function parameterOf(exported: ExportedTensor): Parameter {
  const values = exported.tensor.values();
  if (!(values instanceof Float32Array || values instanceof Float64Array))
    throw new TypeError(`${exported.tensor.name} is not of floats`);
  const named = parameterNamed(exported);
  return { ...named, values: isTurned(exported) ? transposed(values, exported.tensor) : values };
}

/** What torch.nn.Linear holds as [out, in]: kernels, but for a cross of vectors, and the last layer over crosses. */
function isTurned({ table, tensor: { shape } }: ExportedTensor): boolean {
  return (
    /\/(kernel_\d+|cross_output)$/.test(table) || (/\/cross_kernel_\d+$/.test(table) && (shape[0] ?? 0) > 1)
  );
}

function isOne({ shape }: Tensor): boolean {
  return shape.every((size) => size === 1);
}

function transposed(
  values: Float32Array | Float64Array,
  { shape: [rows = 0, width = 0] }: Tensor,
): Float32Array | Float64Array {
  const turned = values.slice();
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++)
      turned[column * rows + row] = values[row * width + column] ?? 0;
  return turned;
}
