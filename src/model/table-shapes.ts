import { type ModelSpec, type TermSpec, tableName } from "../core/model-spec.js";
import type { TableKind } from "../core/optimizer-spec.js";

/** Shape of one table, as its term calls for it. `feature` is the one whose ids its rows are. */
export interface TableShape {
  name: string;
  term: string;
  kind: TableKind;
  width: number;
  rows: number | { feature: string };
}

/** The tables that a term owns: the one place that knows their names and shapes. */
export function tableShapes(term: TermSpec, spec: ModelSpec): TableShape[] {
  const { name } = term;
  switch (term.kind) {
    case "offset":
      return [];
    case "bias":
      return [{ name: tableName(name), term: name, kind: "dense", width: 1, rows: 1 }];
    case "linear":
      return term.features.map((feature) => ({
        name: tableName(name, feature),
        term: name,
        kind: "rows",
        width: 1,
        rows: isDense(spec, feature) ? 1 : { feature },
      }));
    case "factorisation":
      return term.features.map((feature) => ({
        name: tableName(name, feature),
        term: name,
        kind: "rows",
        width: term.width,
        rows: isDense(spec, feature) ? 1 : { feature },
      }));
    case "dot":
      return [term.left, term.right].map((feature) => ({
        name: tableName(name, feature),
        term: name,
        kind: "rows",
        width: term.width,
        rows: { feature },
      }));
    case "deep":
      return deepShapes(term);
  }
}

function deepShapes(term: Extract<TermSpec, { kind: "deep" }>): TableShape[] {
  const { name } = term;
  const shapes: TableShape[] = [];
  let below = 0;
  for (const input of term.inputs) {
    below += input.kind === "dense" ? 1 : input.width;
    if (input.kind === "embedding") {
      const { feature, width } = input;
      shapes.push({ name: tableName(name, feature), term: name, kind: "rows", width, rows: { feature } });
    }
  }
  term.layers.forEach(({ units }, index) => {
    shapes.push({
      name: tableName(name, `kernel_${index}`),
      term: name,
      kind: "dense",
      width: units,
      rows: below,
    });
    shapes.push({ name: tableName(name, `bias_${index}`), term: name, kind: "dense", width: units, rows: 1 });
    below = units;
  });
  return shapes;
}

function isDense(spec: ModelSpec, feature: string): boolean {
  return spec.features.find(({ name }) => name === feature)?.encoder.kind === "dense";
}
