import type { TermConfig } from "../config/term-config.js";
import { UnbatchError } from "../core/errors.js";
import type { TermSpec, Tower } from "../core/model-spec.js";
import { inputFeatures, inputsWidth } from "../core/table-shapes.js";
import { bindInputs, type Owners } from "./bind-inputs.js";
import { bindLayers, sizesOf } from "./bind-layers.js";
import type { NumbersPlace } from "./bind-norms.js";
import type { BoundNorm, BoundTable, BoundTerms, Source } from "./bound.js";
import { splitRole } from "./families/family.js";

/** What binding one network after the other shares. */
export interface Binding {
  source: Source;
  /** Features with weights of their own in the linear term. */
  linear: ReadonlySet<string>;
  owners: Owners;
  /** Rows that stacks before have of a kernel. */
  taken: Map<string, number>;
}

/** The term of model.terms that a term of the checkpoint goes by. */
export function toldTerm<Kind extends TermConfig["kind"]>(
  { config }: Source,
  kind: Kind,
  name: string,
): Extract<TermConfig, { kind: Kind }> | undefined {
  return config.model?.terms.find(
    (term): term is Extract<TermConfig, { kind: Kind }> => term.kind === kind && (term.name ?? kind) === name,
  );
}

/** Width of what enters the first layer of a stack; undefined where it has none. */
export function widthEntering(source: Source, stack: string): number | undefined {
  const first = source.recognised.roles.find(({ role }) => role === `${stack}/kernel_0`);
  return first === undefined ? undefined : sizesOf(source, first).inputs;
}

export function hasStack({ recognised }: Source, stack: string): boolean {
  return recognised.roles.some(({ role }) => splitRole(role)[0] === stack);
}

/** GMF: one layer over the product of two vectors. Error: not two of them. */
export function bindGmf({ source, owners, taken }: Binding): BoundTerms {
  if (!hasStack(source, "gmf")) return { terms: [], tables: [] };
  const place = { stack: "gmf", term: "gmf", width: undefined, told: undefined, linear: new Set<string>() };
  const vectors = bindInputs(withoutOrder(source), place, owners);
  const [left, right] = vectors.inputs;
  if (
    left?.kind !== "embedding" ||
    right?.kind !== "embedding" ||
    vectors.inputs.length !== 2 ||
    left.width !== right.width
  ) {
    throw new UnbatchError({
      where: source.where,
      found: `${vectors.inputs.length} tables of vectors for a product`,
      expected: "two of one width",
      next: "name them: checkpoint.tensors: { gmf/USER: NAME, gmf/ITEM: NAME } in unbatch.yaml",
    });
  }
  const stack = bindLayers(
    source,
    {
      stack: "gmf",
      term: "gmf",
      inputs: left.width,
      words: `the product of ${left.feature} and ${right.feature}`,
      endsInScore: true,
      told: undefined,
    },
    taken,
  );
  const product = { kind: "product", left: left.feature, right: right.feature, width: left.width } as const;
  const term: TermSpec = { kind: "deep", name: "gmf", inputs: [product], layers: stack.layers };
  return {
    terms: [term],
    tables: [...vectors.tables, ...stack.tables],
    assumed: stack.assumed,
    norms: stack.norms,
  };
}

/** Of a product the order says nothing. */
function withoutOrder(source: Source): Source {
  return { ...source, recognised: { ...source.recognised, inputs: new Map() } };
}

/** Layers over embeddings and numbers, to one number. */
export function bindDeep(binding: Binding): BoundTerms {
  const { source, owners, linear, taken } = binding;
  const width = widthEntering(source, "deep");
  if (width === undefined) return { terms: [], tables: [] };
  const told = toldTerm(source, "deep", "deep");
  const vectors = bindInputs(
    source,
    { stack: "deep", term: "deep", width, told: told?.inputs, linear },
    owners,
  );
  const stack = bindLayers(
    source,
    {
      ...{
        stack: "deep",
        term: "deep",
        inputs: inputsWidth(vectors.inputs),
        endsInScore: true,
        told: told?.activation,
      },
      words: `inputs ${inputWords(vectors.inputs)}`,
      numbers: numbersIn(vectors.inputs),
    },
    taken,
  );
  return {
    terms: [{ kind: "deep", name: "deep", inputs: vectors.inputs, layers: stack.layers }],
    tables: [...vectors.tables, ...stack.tables],
    assumed: [...vectors.assumed, ...stack.assumed],
    norms: stack.norms,
  };
}

export function inputWords(inputs: Tower["inputs"]): string {
  return inputs
    .map((input) => inputFeatures(input).join(input.kind === "product" ? " x " : " + "))
    .join(", ");
}

/** Where the dense features stand, if they stand together. */
function numbersIn(inputs: Tower["inputs"]): NumbersPlace | undefined {
  const from = inputs.findIndex(({ kind }) => kind === "dense");
  const width = inputs.filter(({ kind }) => kind === "dense").length;
  const isOneRun = inputs.slice(from, from + width).every(({ kind }) => kind === "dense");
  return from < 0 || !isOneRun ? undefined : { first: inputsWidth(inputs.slice(0, from)), width };
}

/** Two stacks that end in one width. Error: they do not. */
export function bindTowers({ source, owners, taken, linear }: Binding): BoundTerms {
  if (!hasStack(source, "towers/left") && !hasStack(source, "towers/right")) return { terms: [], tables: [] };
  const told = toldTerm(source, "towers", "towers");
  const tables: BoundTable[] = [];
  const norms: BoundNorm[] = [];
  const assumed: string[] = [];
  const towerOf = (side: "left" | "right"): Tower => {
    const stack = `towers/${side}`;
    const width = widthEntering(source, stack);
    const vectors = bindInputs(
      source,
      { stack, term: "towers", width, told: told?.[side].inputs, linear },
      owners,
    );
    const place = {
      ...{
        stack,
        term: "towers",
        inputs: inputsWidth(vectors.inputs),
        endsInScore: false,
        told: told?.activation,
      },
      words: `inputs ${inputWords(vectors.inputs)}`,
      numbers: numbersIn(vectors.inputs),
    };
    const last = { told: told?.last, otherwise: "linear" as const };
    const layers = bindLayers(source, { ...place, last }, taken);
    tables.push(...vectors.tables, ...layers.tables);
    norms.push(...layers.norms);
    assumed.push(...vectors.assumed, ...layers.assumed);
    return { inputs: vectors.inputs, layers: layers.layers };
  };
  const [left, right] = [towerOf("left"), towerOf("right")];
  const ends = [left, right].map(({ inputs, layers }) => layers.at(-1)?.units ?? inputsWidth(inputs));
  if (ends[0] !== ends[1]) {
    throw new UnbatchError({
      where: source.where,
      found: `towers that end in ${ends.join(" and ")} numbers`,
      expected: "one width",
      next: "correct the roles under checkpoint.tensors, or the features, in unbatch.yaml",
    });
  }
  return { terms: [{ kind: "towers", name: "towers", left, right }], tables, norms, assumed };
}
