import { tableName } from "../core/model-spec.js";
import { inputsWidth } from "../core/table-shapes.js";
import { bindInputs } from "./bind-inputs.js";
import { bindLayers } from "./bind-layers.js";
import { type Binding, inputWords, toldTerm } from "./bind-networks.js";
import { type BoundTable, type BoundTerms, tensorOfShape } from "./bound.js";

/** A deep & cross network: crosses, and layers on them or beside them. Error: a cross of another width than the inputs. */
export function bindCross({ source, owners, taken, linear }: Binding): BoundTerms {
  const roles = source.recognised.roles;
  const kernels = roles.filter(({ role }) => /^cross\/cross_kernel_\d+$/.test(role));
  const [first] = kernels;
  if (first === undefined) return { terms: [], tables: [] };
  const told = toldTerm(source, "cross", "cross");
  const entering = Math.max(...(source.checkpoint.tensors.get(first.tensor)?.shape ?? [0]));
  const vectors = bindInputs(
    source,
    { stack: "cross", term: "cross", width: entering, told: told?.inputs, linear },
    owners,
  );
  const width = inputsWidth(vectors.inputs);
  const words = `inputs ${inputWords(vectors.inputs)}`;
  const shape = source.checkpoint.tensors.get(first.tensor)?.shape ?? [];
  const form = shape.length === 2 && shape[0] === shape[1] && entering > 1 ? "matrix" : "vector";
  const crosses = kernels.flatMap(({ tensor, layout }, index): BoundTable[] => {
    const kernel = { role: tableName("cross", `cross_kernel_${index}`), tensor, layout };
    tensorOfShape(
      source,
      kernel,
      form === "matrix" ? [[width, width]] : [[width], [1, width], [width, 1]],
      words,
    );
    const own = { term: "cross", firstRow: 0, width };
    const rows = form === "matrix" ? width : 1;
    const table: BoundTable = {
      table: kernel.role,
      ...own,
      ...kernel,
      layout: form === "matrix" ? layout : "rows",
      rows,
    };
    const bias = roles.find(({ role }) => role === tableName("cross", `cross_bias_${index}`));
    if (bias === undefined) return [table];
    tensorOfShape(source, bias, [[width], [1, width], [width, 1]], words);
    return [table, { table: bias.role, ...bias, ...own, layout: "rows", rows: 1 }];
  });
  const output = roles.find(({ role }) => role === "cross/cross_output");
  const beside: BoundTable[] = [];
  if (output !== undefined) {
    taken.set(output.tensor, width);
    beside.push({ table: output.role, term: "cross", ...output, firstRow: 0, rows: width, width: 1 });
  }
  const stack = bindLayers(
    source,
    {
      ...{ stack: "cross", term: "cross", inputs: width, words },
      ...{ endsInScore: true, told: told?.activation },
    },
    taken,
  );
  const structure = output === undefined ? "stacked" : "parallel";
  const { inputs } = vectors;
  return {
    terms: [
      {
        kind: "cross",
        name: "cross",
        inputs,
        crosses: kernels.length,
        form,
        structure,
        layers: stack.layers,
      },
    ],
    tables: [...vectors.tables, ...crosses, ...beside, ...stack.tables],
    assumed: [...vectors.assumed, ...stack.assumed],
    norms: stack.norms,
  };
}
