import type { LookupTables } from "./lookup-tables.js";
import type { Place, Places } from "./places.js";

/** What a trace reads. `vocabularies`: the assets of the checkpoint; tables that stand in the graph are added to them. */
export interface Tracing {
  places: Places;
  tables: LookupTables;
  vocabularies: Map<string, ReadonlyMap<string, number>>;
  /** The tensor of the checkpoint that a variable is. */
  nameOf(variable: Place): string;
}
