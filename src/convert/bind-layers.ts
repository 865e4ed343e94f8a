import { UnbatchError } from "../core/errors.js";
import { type Activation, type DeepLayer, tableName } from "../core/model-spec.js";
import { bindNorms, type NumbersPlace } from "./bind-norms.js";
import type { BoundNorm, BoundTable, Source } from "./bound.js";
import { tensorOfShape } from "./bound.js";
import { layerOf, type Role } from "./families/family.js";

/** Where a stack of layers stands, and what enters it. */
export interface StackPlace {
  /** As in roles: `deep`, `towers/left`, `interaction/top` ... */
  stack: string;
  term: string;
  /** Numbers that enter, and in words what they are. */
  inputs: number;
  words: string;
  /** The stack ends in the score. */
  endsInScore: boolean;
  /** As model.terms says. */
  told: Activation | undefined;
  /** Of the last layer of a stack that ends in a vector: as model.terms says, and where nothing says. */
  last?: { told: Activation | undefined; otherwise: Activation };
  /** The numbers of the log among what enters, where they stand together: a BatchNorm may be of them alone. */
  numbers?: NumbersPlace | undefined;
  /** The source's input of each row of the first kernel, where they stand in another order. */
  order?: readonly number[];
}

export interface BoundLayers {
  layers: DeepLayer[];
  tables: BoundTable[];
  norms: BoundNorm[];
  assumed: string[];
}

/**
 * The layers of a stack from the input up. `taken` counts the rows that stacks before have of a kernel which several
 * stand on. Errors: a layer left out, a kernel or bias of another shape.
 */
export function bindLayers(source: Source, place: StackPlace, taken: Map<string, number>): BoundLayers {
  const { stack, term } = place;
  const roles = source.recognised.roles;
  const kernels = inLayerOrder(source, stack);
  const bound: BoundLayers = { layers: [], tables: [], norms: [], assumed: [] };
  const unsaid: string[] = [];
  let below = place.inputs;
  for (const [index, kernel] of kernels.entries()) {
    const isLast = index === kernels.length - 1;
    const units = isLast && place.endsInScore ? 1 : sizesOf(source, kernel).units;
    const firstRow = kernel.firstRow ?? taken.get(kernel.tensor) ?? 0;
    const why = index === 0 ? place.words : `the layer before has ${below} units`;
    const rows = sharedRows(source, kernel, firstRow + below);
    tensorOfShape(source, kernel, [kernel.layout === "transposed" ? [units, rows] : [rows, units]], why);
    taken.set(kernel.tensor, firstRow + below);
    const table = tableName(stack, `kernel_${index}`);
    const order = index === 0 && place.order !== undefined ? { order: place.order } : {};
    const { role, tensor, layout } = kernel;
    bound.tables.push({ table, term, role, tensor, layout, firstRow, rows: below, width: units, ...order });
    const bias = roles.find(({ role }) => role === tableName(stack, `bias_${index}`));
    if (bias !== undefined) {
      tensorOfShape(source, bias, [[units], [1, units]], `${kernel.tensor} has ${units} units`);
      bound.tables.push({
        table: bias.role,
        term,
        ...bias,
        layout: "rows",
        firstRow: 0,
        rows: 1,
        width: units,
      });
    }
    const numbers = index === 0 ? place.numbers : undefined;
    const layer = { stack, term, index, inputs: below, units, numbers };
    bound.norms.push(...bindNorms(source, layer, bound.assumed));
    const activation = isLast && place.endsInScore ? "linear" : activationOf(place, kernel, isLast);
    if (activation === undefined) unsaid.push(kernel.tensor);
    bound.layers.push({ units, activation: activation ?? "relu" });
    below = units;
  }
  if (unsaid.length > 0)
    bound.assumed.push(
      `activation relu after ${unsaid.join(", ")} (a checkpoint does not say; set it in model.terms)`,
    );
  else if (place.told !== undefined && kernels.length > 1)
    bound.assumed.push(`activation ${place.told}, as model.terms says`);
  return bound;
}

/** Undefined where nothing says it. */
function activationOf({ told, last }: StackPlace, kernel: Role, isLast: boolean): Activation | undefined {
  if (!isLast || last === undefined) return told ?? kernel.activation;
  return last.told ?? kernel.activation ?? last.otherwise;
}

function inLayerOrder(source: Source, stack: string): Role[] {
  const kernels: Role[] = [];
  for (const role of source.recognised.roles) {
    const layer = layerOf(role.role);
    if (layer?.stack === stack && layer.part === "kernel") kernels[layer.index] = role;
  }
  for (let index = 0; index < kernels.length; index++) {
    if (kernels[index] !== undefined) continue;
    throw new UnbatchError({
      where: source.where,
      found: `no tensor for ${stack}/kernel_${index}, but one for ${stack}/kernel_${kernels.length - 1}`,
      expected: "one kernel for every layer, from 0 up",
      next: `name it: checkpoint.tensors: { ${stack}/kernel_${index}: NAME } in unbatch.yaml`,
    });
  }
  return kernels;
}

/** Inputs of a kernel: those up to `end`, or all where other stacks have the rest. */
function sharedRows(source: Source, kernel: Role, end: number): number {
  const isShared = source.recognised.roles.some(
    ({ role, tensor }) => tensor === kernel.tensor && role !== kernel.role,
  );
  const { inputs } = sizesOf(source, kernel);
  return isShared && inputs > end ? inputs : end;
}

/** Inputs and units of a kernel as it stands in the source. */
export function sizesOf({ checkpoint }: Source, { tensor, layout }: Role): { inputs: number; units: number } {
  const [first = 0, second = 0] = checkpoint.tensors.get(tensor)?.shape ?? [];
  return layout === "transposed" ? { inputs: second, units: first } : { inputs: first, units: second };
}
