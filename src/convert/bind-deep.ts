import type { FeatureConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import { type DeepInput, tableName } from "../core/model-spec.js";
import { bindRows } from "./bind-rows.js";
import { type BoundTable, type BoundTerms, refuseTwice, type Source, tensorOfShape } from "./bound.js";
import { layerIndex, type Role } from "./families/family.js";

type PlainInput = Exclude<DeepInput, { kind: "product" }>;

/** Layers and embeddings. `linear` are the features that have weights of their own in the linear term. */
export function bindDeep(source: Source, linear: ReadonlySet<string>): BoundTerms & { assumed: string[] } {
  const roles = source.recognised.roles.filter(({ role }) => role.startsWith("deep/"));
  const kernels = inLayerOrder(source, roles);
  const [first] = kernels;
  if (first === undefined) return { terms: [], tables: [], assumed: [] };
  const embeddings = roles
    .filter(({ role }) => layerIndex(role, "kernel") === undefined && layerIndex(role, "bias") === undefined)
    .map((role) => bindRows(source, role, "deep"));
  refuseTwice(source, embeddings);
  const inputs = deepInputs(source, embeddings, linear, sizesOf(source, first).inputs);
  const told = source.config.model?.terms.find((term) => term.kind === "deep");
  const activation = told?.activation ?? "relu";
  const tables: BoundTable[] = [...embeddings];
  let below = inputs.reduce((sum, input) => sum + (input.kind === "dense" ? 1 : input.width), 0);
  const layers = kernels.map((kernel, index) => {
    const { units } = sizesOf(source, kernel);
    const wanted = index === kernels.length - 1 ? 1 : units;
    const shape = kernel.layout === "transposed" ? [wanted, below] : [below, wanted];
    const names = inputs.map(({ feature }) => feature).join(", ");
    tensorOfShape(
      source,
      kernel,
      [shape],
      index === 0 ? `inputs ${names}` : `the layer before has ${below} units`,
    );
    tables.push({
      table: tableName("deep", `kernel_${index}`),
      term: "deep",
      ...kernel,
      firstRow: 0,
      rows: below,
      width: units,
    });
    const bias = roles.find(({ role }) => layerIndex(role, "bias") === index);
    if (bias !== undefined) {
      tensorOfShape(source, bias, [[units], [1, units]], `${kernel.tensor} has ${units} units`);
      tables.push({
        table: tableName("deep", `bias_${index}`),
        term: "deep",
        ...bias,
        firstRow: 0,
        rows: 1,
        width: units,
      });
    }
    below = units;
    return { units, activation: index === kernels.length - 1 ? ("linear" as const) : activation };
  });
  const assumed = [
    `inputs of the layers in this order: ${inputs.map(({ feature }) => feature).join(", ")} (${told === undefined ? "the order of features in unbatch.yaml" : "as model.terms says"}; only golden outputs can prove it)`,
    `activation ${activation}${told === undefined ? " (a checkpoint does not say; set it in model.terms)" : ", as model.terms says"}`,
  ];
  return { terms: [{ kind: "deep", name: "deep", inputs, layers }], tables, assumed };
}

function inLayerOrder(source: Source, roles: readonly Role[]): Role[] {
  const kernels: Role[] = [];
  for (const role of roles) {
    const index = layerIndex(role.role, "kernel");
    if (index !== undefined) kernels[index] = role;
  }
  for (let index = 0; index < kernels.length; index++) {
    if (kernels[index] !== undefined) continue;
    throw new UnbatchError({
      where: source.where,
      found: `no tensor for deep/kernel_${index}, but one for deep/kernel_${kernels.length - 1}`,
      expected: "one kernel for every layer, from 0 up",
      next: `name it: checkpoint.tensors: { deep/kernel_${index}: NAME } in unbatch.yaml`,
    });
  }
  return kernels;
}

function sizesOf({ checkpoint }: Source, { tensor, layout }: Role): { inputs: number; units: number } {
  const [first = 0, second = 0] = checkpoint.tensors.get(tensor)?.shape ?? [];
  return layout === "transposed" ? { inputs: second, units: first } : { inputs: first, units: second };
}

/** Embeddings and dense features in the order that model.terms or else the features of unbatch.yaml have. */
function deepInputs(
  { config }: Source,
  embeddings: readonly BoundTable[],
  linear: ReadonlySet<string>,
  width: number,
): PlainInput[] {
  const widths = new Map(embeddings.map((table) => [table.feature ?? "", table.width]));
  const isDense = ({ encoder }: FeatureConfig): boolean => encoder.kind === "dense";
  const dense = config.features.filter(isDense);
  const denseInputs = width - embeddings.reduce((sum, table) => sum + table.width, 0);
  const both = dense.length === denseInputs ? dense : dense.filter(({ name }) => !linear.has(name));
  const names = new Set([...widths.keys(), ...both.map(({ name }) => name)]);
  const told = config.model?.terms.find((term) => term.kind === "deep");
  const order =
    told?.inputs.flatMap((input) => {
      if (typeof input === "string") return [input];
      // The product of two embeddings is no input of a checkpoint that is known here.
      return "feature" in input ? [input.feature] : [];
    }) ?? config.features.map(({ name }) => name);
  return order
    .filter((name) => told !== undefined || names.has(name))
    .map((feature): PlainInput => {
      const embedding = widths.get(feature);
      return embedding === undefined
        ? { kind: "dense", feature }
        : { kind: "embedding", feature, width: embedding };
    });
}
