import type { ColumnInput } from "../../../column-input.js";
import type { Graph } from "../../../graph.js";
import type { Encoding, Stuck } from "./column.js";
import { encodingOf } from "./encoding.js";
import type { GraphDef } from "./graph-def.js";
import { LookupTables } from "./lookup-tables.js";
import { isVariable, originOf, variableName } from "./origin.js";
import { type Place, Places } from "./places.js";
import { scoreGraph } from "./score-graph.js";
import type { Tracing } from "./tracing.js";

export interface TracedInputs {
  inputs: ColumnInput[];
  /** What the score is made of, where all of it is known; else what is not, in words. */
  graph: Graph | string;
  /** Tables and layers whose input ends at something that is not known. */
  notes: string[];
}

/**
 * Every raw column that reaches a table of rows or a first layer, with the encoder that the graph between them amounts
 * to. Vocabularies that stand in the graph are added to `vocabularies`. Errors: EndlessGraph; RangeError for damage.
 */
export function traceInputs(graph: GraphDef, vocabularies: Tracing["vocabularies"]): TracedInputs {
  const places = new Places(graph);
  const keyOf = new Map(Array.from(graph.variableNames, ([key, name]) => [name, key]));
  const nameOf = (variable: Place): string => keyOf.get(variableName(variable)) ?? variableName(variable);
  const tracing: Tracing = { places, tables: new LookupTables(places), vocabularies, nameOf };
  const traced = new Inputs();
  for (const place of places.all()) {
    if (/^(ResourceGather|GatherV2|Gather)$/.test(place.node.op)) addTable(tracing, place, traced);
    if (place.node.op === "MatMul") addLayer(tracing, place, traced);
  }
  return { inputs: traced.inputs(), graph: scored(tracing, graph.scores), notes: traced.notes };
}

/** Of the one score that there is. */
function scored(tracing: Tracing, [score, ...others]: GraphDef["scores"]): Graph | string {
  if (score === undefined) return "no output that its signatures name";
  if (others.length > 0)
    return `${1 + others.length} outputs, ${[score, ...others].join(", ")}, none called logits`;
  const output = tracing.places.find(score);
  return output === undefined ? `nothing that gives ${score}` : scoreGraph(tracing, output);
}

/** Inputs by column and encoder, with all that each feeds. */
class Inputs {
  readonly notes: string[] = [];
  readonly #found = new Map<string, { encoding: Encoding; feeds: Map<string, number> }>();

  add(encoding: Encoding, tensor: string, position: number): void {
    const key = JSON.stringify([encoding.column, encoding.encoder]);
    const entry = this.#found.get(key) ?? { encoding, feeds: new Map<string, number>() };
    entry.feeds.set(tensor, position);
    this.#found.set(key, entry);
  }

  inputs(): ColumnInput[] {
    return Array.from(this.#found.values(), ({ encoding, feeds }) => ({
      ...encoding,
      feeds: Array.from(feeds, ([tensor, position]) => ({ tensor, position })),
    }));
  }
}

/** The variable that a place reads. */
function variableOf(places: Places, place: Place | undefined): Place | undefined {
  const origin = originOf(places, place)?.place;
  return isVariable(origin) ? origin : undefined;
}

interface Traced {
  encoding: Encoding | Stuck;
  /** Numbers that it gives: those of a row, or one. */
  width: number;
}

function addTable(tracing: Tracing, gather: Place, traced: Inputs): Traced | undefined {
  const { places } = tracing;
  const table = variableOf(places, places.input(gather, 0));
  if (table === undefined) return undefined;
  const [rows, width = 1] = table.node.attribute("shape").shape ?? [];
  const encoding = encodingOf(tracing, places.input(gather, 1), rows);
  if ("stuck" in encoding)
    traced.notes.push(`${tracing.nameOf(table)}: rows picked by ${encoding.stuck}, which is not known`);
  else traced.add(encoding, tracing.nameOf(table), 0);
  return { encoding, width };
}

/** Its inputs, where they are all there is to it and some come from columns: others are layers upon layers. */
function addLayer(tracing: Tracing, product: Place, traced: Inputs): void {
  const { places } = tracing;
  const kernel = variableOf(places, places.input(product, 1));
  if (kernel === undefined) return;
  const parts = concatenated(places, places.input(product, 0)).map((part) =>
    layerInput(tracing, part, traced),
  );
  if (parts.every(({ encoding }) => "stuck" in encoding)) return;
  const name = tracing.nameOf(kernel);
  const found = parts.reduce((sum, { width }) => sum + width, 0);
  const [rows = found] = kernel.node.attribute("shape").shape ?? [];
  if (found !== rows) {
    traced.notes.push(`${name}: ${found} of ${rows} inputs could be traced`);
    return;
  }
  let position = 0;
  for (const { encoding, width } of parts) {
    if ("stuck" in encoding)
      traced.notes.push(`${name}: input ${position} is ${encoding.stuck}, which is not known`);
    else traced.add(encoding, name, position);
    position += width;
  }
}

function layerInput(tracing: Tracing, part: Place | undefined, traced: Inputs): Traced {
  const origin = originOf(tracing.places, part)?.place;
  const table =
    origin === undefined || !/Gather/.test(origin.node.op) ? undefined : addTable(tracing, origin, traced);
  return table ?? { encoding: encodingOf(tracing, part), width: 1 };
}

/** What is laid end to end, in order; a value that is not is alone. */
function concatenated(places: Places, from: Place | undefined, depth = 0): (Place | undefined)[] {
  const place = originOf(places, from)?.place;
  if (place?.node.op !== "ConcatV2" || depth > 16) return [from];
  // The last input is the axis.
  return place.node.inputs
    .slice(0, -1)
    .flatMap((_, index) => concatenated(places, places.input(place, index), depth + 1));
}
