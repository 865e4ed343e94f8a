import { UnbatchError } from "../core/errors.js";
import { tableName } from "../core/model-spec.js";
import { type BoundNorm, type Source, tensorOfShape } from "./bound.js";
import type { Role } from "./families/family.js";

/** A run of numbers among what enters a layer. */
export interface NumbersPlace {
  first: number;
  width: number;
}

/** A layer, with the sizes that a BatchNorm beside it must have. */
interface LayerPlace {
  stack: string;
  term: string;
  index: number;
  inputs: number;
  units: number;
  numbers: NumbersPlace | undefined;
}

/**
 * BatchNorm on either side of a layer. One that is narrower than what enters the first layer normalises the part that the
 * graph says, else its dense features, which then must stand together. Errors: no mean or no variance, a width that is not
 * the layer's, or of that part.
 */
export function bindNorms(source: Source, layer: LayerPlace, assumed: string[]): BoundNorm[] {
  return (["in", "out"] as const).flatMap((side): BoundNorm[] => {
    const place = `${layer.stack}/norm_${side}_${layer.index}`;
    const roles = new Map(
      source.recognised.roles
        .filter(({ role }) => role.startsWith(`${place}/`))
        .map((role) => [role.role.slice(place.length + 1), role]),
    );
    if (roles.size === 0) return [];
    const [mean, variance] = [needed(source, roles, place, "mean"), needed(source, roles, place, "variance")];
    const whole = { first: 0, width: side === "in" ? layer.inputs : layer.units };
    const { first, width } = side === "in" ? partOf(source, mean, layer, whole) : whole;
    const numbers =
      layer.numbers === undefined ? "" : `; ${layer.numbers.width} where it is of the dense features`;
    const words = side === "in" ? `what enters the layer${numbers}` : "the units of the layer";
    for (const role of roles.values()) tensorOfShape(source, role, [[width]], words);
    const epsilon = epsilonOf(source, variance, assumed);
    return [
      {
        kernel: tableName(layer.stack, `kernel_${layer.index}`),
        bias: tableName(layer.stack, `bias_${layer.index}`),
        ...{ term: layer.term, side, first, width },
        tensors: {
          ...{ mean: mean.tensor, variance: variance.tensor, epsilon },
          gamma: roles.get("gamma")?.tensor,
          beta: roles.get("beta")?.tensor,
        },
      },
    ];
  });
}

/** What a BatchNorm of inputs is of: as the graph says, all of them, or the log's numbers. */
function partOf(
  { checkpoint }: Source,
  { tensor, firstRow }: Role,
  { numbers }: LayerPlace,
  whole: NumbersPlace,
): NumbersPlace {
  const width = checkpoint.tensors.get(tensor)?.shape[0] ?? 0;
  if (firstRow !== undefined && firstRow + width <= whole.width) return { first: firstRow, width };
  return numbers !== undefined && width === numbers.width ? numbers : whole;
}

function needed(source: Source, roles: ReadonlyMap<string, Role>, place: string, part: string): Role {
  const role = roles.get(part);
  if (role !== undefined) return role;
  throw new UnbatchError({
    where: source.where,
    found: `a BatchNorm without ${place}/${part}`,
    expected: "its running mean and variance: an evaluated model, not one in training",
    next: `name it: checkpoint.tensors: { ${place}/${part}: NAME } in unbatch.yaml`,
  });
}

function epsilonOf({ config, checkpoint }: Source, variance: Role, assumed: string[]): number {
  const told = config.checkpoint?.batchNormEpsilon;
  if (told !== undefined) return told;
  if (variance.epsilon !== undefined) return variance.epsilon;
  const epsilon = /keras|tensorflow|tfjs/.test(checkpoint.format) ? 1e-3 : 1e-5;
  const words = `BatchNorm's epsilon ${epsilon}, the usual one of ${checkpoint.format} (set checkpoint.batchNormEpsilon)`;
  if (!assumed.includes(words)) assumed.push(words);
  return epsilon;
}
