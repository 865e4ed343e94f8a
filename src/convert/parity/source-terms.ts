import type { TermSpec } from "../../core/model-spec.js";
import type { Arithmetic } from "./arithmetic.js";
import type { SourceValue } from "./source-encode.js";
import { networkScore, type SourceReader, type SourceRow, type SourceTables } from "./source-network.js";

/** The sum of the terms for one row in the plainest loops that do it; not calibrated. NaN for an offset and for trees. */
export function sourceScore<N>(
  terms: readonly TermSpec[],
  values: ReadonlyMap<string, SourceValue>,
  tables: SourceTables<N>,
): N {
  const { numbers } = tables;
  const row: SourceRow<N> = {
    ...tables,
    weight(name, feature, k) {
      const from = tables.table(name);
      return from === undefined
        ? numbers.constant(Number.NaN)
        : numberOf(values.get(feature), from, k, numbers);
    },
    value(feature) {
      const value = values.get(feature);
      return typeof value === "object" && "value" in value ? value.value : Number.NaN;
    },
  };
  return numbers.sum(terms.map((term) => termScore(term, row)));
}

/** Number k of what a value picks of a table. */
function numberOf<N>(value: SourceValue, from: SourceReader<N>, k: number, numbers: Arithmetic<N>): N {
  if (value === undefined) return numbers.constant(Number.NaN);
  if (value === "unknown") return from.unknown(k);
  if ("bag" in value)
    return numbers.inner(
      value.bag.map(({ of }) => numberOf(of, from, k, numbers)),
      value.bag.map(({ factor }) => numbers.constant(factor)),
    );
  const [row, factor] = "row" in value ? [value.row, value.sign ?? 1] : [0, value.value];
  const number = from.at(row, k);
  return factor === 1 ? number : numbers.inner([number], [numbers.constant(factor)]);
}

function termScore<N>(term: TermSpec, row: SourceRow<N>): N {
  const { numbers } = row;
  const numberAt = (feature: string, k: number): N => row.weight(`${term.name}/${feature}`, feature, k);
  const vector = (feature: string, width: number): N[] =>
    Array.from({ length: width }, (_, k) => numberAt(feature, k));
  switch (term.kind) {
    case "bias":
      // Without a tensor it is the calibration's shift.
      return row.table(term.name)?.at(0, 0) ?? numbers.constant(0);
    case "linear":
      return numbers.sum(term.features.map((feature) => numberAt(feature, 0)));
    case "dot":
      return numbers.inner(vector(term.left, term.width), vector(term.right, term.width));
    case "factorisation": {
      const vectors = term.features.map((feature) => vector(feature, term.width));
      return numbers.sum(
        vectors.flatMap((left, at) => vectors.slice(at + 1).map((right) => numbers.inner(left, right))),
      );
    }
    case "deep":
    case "towers":
    case "cross":
    case "interaction":
      return networkScore(term, row);
    // A logged score is of no source, and trees are scored as they were read.
    case "offset":
    case "leaves":
      return numbers.constant(Number.NaN);
  }
}
