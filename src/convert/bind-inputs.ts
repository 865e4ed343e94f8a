import type { FeatureConfig } from "../config/config.js";
import type { InputConfig } from "../config/term-config.js";
import { UnbatchError } from "../core/errors.js";
import type { DeepInput } from "../core/model-spec.js";
import { tableName } from "../core/model-spec.js";
import { inputFeatures } from "../core/table-shapes.js";
import { bindRows } from "./bind-rows.js";
import { type BoundTable, refuseTwice, type Source } from "./bound.js";
import { isLayerRole, type Role, type SourceInput, splitRole } from "./families/family.js";
import { canonicalName } from "./families/feature-hint.js";
import { concatenated } from "./feature-rows.js";

/** What enters a stack of layers. */
export interface InputsPlace {
  /** As in roles: `deep`, `towers/left` ... */
  stack: string;
  term: string;
  /** Numbers that enter the first layer, as its kernel has them; undefined: no layers. */
  width: number | undefined;
  /** As model.terms says. */
  told: readonly InputConfig[] | undefined;
  /** Features with weights of their own: not among the numbers unless every dense feature is. */
  linear: ReadonlySet<string>;
}

export interface BoundInputs {
  inputs: DeepInput[];
  tables: BoundTable[];
  assumed: string[];
}

/** Another term's table of each tensor, for those that two terms learn. */
export type Owners = ReadonlyMap<string, string>;

/** Embeddings and dense features in the order of model.terms, else of the source's graph, else of unbatch.yaml. */
export function bindInputs(source: Source, place: InputsPlace, owners: Owners): BoundInputs {
  const { stack, term } = place;
  const roles = source.recognised.roles.filter(
    ({ role }) => splitRole(role)[0] === stack && !isLayerRole(role),
  );
  const tables = roles.flatMap((role): BoundTable[] =>
    role.role === stack ? concatenated(source, role, [], "deep") : [bindRows(source, role, stack)],
  );
  refuseTwice(source, tables);
  const embeddings = new Map(tables.map((table) => [table.feature ?? "", table]));
  const embedding = (feature: string): DeepInput => {
    const table = embeddings.get(feature);
    const from = owners.get(`${table?.tensor} ${feature}`);
    const width = table?.width ?? 0;
    return { kind: "embedding", feature, width, ...(from === undefined ? {} : { from }) };
  };
  const entered = enteredBy(tables, place);
  const { inputs, by } = inOrder(source, place, tables, embedding, (place.width ?? entered) - entered);
  const own = tables.filter(({ tensor, feature }) => !owners.has(`${tensor} ${feature}`));
  const names = inputs.map((input) => inputFeatures(input).join(input.kind === "product" ? " x " : " + "));
  const assumed =
    inputs.length > 1 || by !== "the order of features in unbatch.yaml"
      ? [
          `inputs of ${stack === "deep" ? "the layers" : stack} in this order: ${names.join(", ")} (${by}${by.startsWith("as") ? "" : "; only golden outputs can prove it"})`,
        ]
      : [];
  return { inputs, tables: own.map((table) => ({ ...table, term })), assumed };
}

/** Numbers that the tables give: those of a sum together as many as one of them. */
function enteredBy(tables: readonly BoundTable[], { told }: InputsPlace): number {
  const all = tables.reduce((sum, table) => sum + table.width, 0);
  const sums = told?.flatMap((input) => (typeof input === "object" && "sum" in input ? [input] : [])) ?? [];
  return all - sums.reduce((sum, { sum: features, width }) => sum + (features.length - 1) * width, 0);
}

function inOrder(
  source: Source,
  { stack, told, linear }: InputsPlace,
  tables: readonly BoundTable[],
  embedding: (feature: string) => DeepInput,
  numbers: number,
): { inputs: DeepInput[]; by: string } {
  const embedded = new Set(tables.map(({ feature }) => feature));
  const dense = source.config.features.filter(({ encoder }) => encoder.kind === "dense");
  const unweighted = dense.filter(({ name }) => !linear.has(name));
  const own = numbers === 0 ? [] : dense.length === numbers ? dense : unweighted;
  const graph = source.recognised.inputs.get(stack);
  if (told !== undefined) {
    const inputs = told.flatMap((input): DeepInput[] => {
      if (typeof input === "string") return [{ kind: "dense", feature: input }];
      if ("feature" in input) return [embedding(input.feature)];
      if ("sum" in input) return [{ kind: "sum", features: input.sum, width: input.width }];
      const [left, right] = input.product;
      return [{ kind: "product", left, right, width: input.width }];
    });
    return { inputs, by: "as model.terms says" };
  }
  if (graph !== undefined)
    return {
      inputs: graph.flatMap((input) => graphInput(source, input, graph, tables, embedding, own)),
      by: "as its graph says",
    };
  const inputs = source.config.features.flatMap(({ name }): DeepInput[] => {
    if (embedded.has(name)) return [embedding(name)];
    return own.some((feature) => feature.name === name) ? [{ kind: "dense", feature: name }] : [];
  });
  return { inputs, by: "the order of features in unbatch.yaml" };
}

/** The features that one input of the graph stands for: all dense ones where it is the only one with numbers. */
function graphInput(
  source: Source,
  input: SourceInput,
  all: readonly SourceInput[],
  tables: readonly BoundTable[],
  embedding: (feature: string) => DeepInput,
  dense: readonly FeatureConfig[],
): DeepInput[] {
  const tableOf = (tensor: string): BoundTable | undefined => tables.find((table) => table.tensor === tensor);
  if ("tensor" in input) return [embedding(tableOf(input.tensor)?.feature ?? "")];
  if ("sum" in input) {
    const summed = input.sum.map((tensor) => tableOf(tensor));
    const width = summed[0]?.width ?? 0;
    return [{ kind: "sum", features: summed.map((table) => table?.feature ?? ""), width }];
  }
  if ("product" in input) {
    const [left, right] = input.product.map((tensor) => tableOf(tensor));
    return [
      { kind: "product", left: left?.feature ?? "", right: right?.feature ?? "", width: left?.width ?? 0 },
    ];
  }
  const numbers = all.filter((one) => "numbers" in one);
  if (numbers.length === 1) return dense.map(({ name }): DeepInput => ({ kind: "dense", feature: name }));
  const feature = featureNamedAfter(dense, input.numbers);
  if (feature !== undefined) return [{ kind: "dense", feature: feature.name }];
  throw new UnbatchError({
    where: source.where,
    found: `an input ${JSON.stringify(input.numbers)} of its graph that no dense feature is named after`,
    expected: `one of ${dense.map(({ name }) => name).join(", ") || "the dense features: there are none"}`,
    next: "name the feature of unbatch.yaml so, or give the order in model.terms",
  });
}

/** The one of these features that an input of a graph is called after: `price`, `numbers/price`. */
export function featureNamedAfter(
  features: readonly FeatureConfig[],
  input: string,
): FeatureConfig | undefined {
  const words = [input, input.replace(/^.*\//, ""), canonicalName(input)];
  return features.find(({ name, column = name }) =>
    [name, canonicalName(name), canonicalName(column)].some((one) => words.includes(one)),
  );
}

/** The table that each tensor of rows fills in terms bound before, by tensor and feature. */
export function ownersOf(tables: readonly BoundTable[], roles: readonly Role[]): Map<string, string> {
  const shared = new Set(
    roles
      .filter(({ tensor }, at) => roles.some((other, place) => place !== at && other.tensor === tensor))
      .map(({ tensor }) => tensor),
  );
  return new Map(
    tables.flatMap(({ table, term, tensor, feature }): [string, string][] =>
      feature !== undefined && shared.has(tensor) && table === tableName(term, feature)
        ? [[`${tensor} ${feature}`, term]]
        : [],
    ),
  );
}
