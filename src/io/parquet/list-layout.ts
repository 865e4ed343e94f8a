import type { SchemaTree } from "hyparquet";
import type { ChunkType } from "./column-cursor.js";
import { logicalType } from "./logical-type.js";

/** Where the values of a column of lists lie, and what its definition levels say (Dremel: Melnik et al. 2010). */
export interface ListLayout {
  /** From the column to its values, as the row group names them. */
  path: readonly string[];
  values: ChunkType;
  /** Definition level of a list without values; below it, the list itself is null. */
  emptyLevel: number;
  /** Definition level of a value that is there; between the two, the value is null. */
  valueLevel: number;
}

/**
 * The three forms of lists that writers have had (format specification, "Lists", with its rules for older files):
 * a LIST group around a repeated group around the value; a LIST group around the repeated value; a repeated column.
 * Undefined for anything else, such as lists of lists, of groups, and maps.
 */
export function listLayout(column: SchemaTree): ListLayout | undefined {
  const { element, children } = column;
  if (children.length === 0) return element.repetition_type === "REPEATED" ? layoutOf([column]) : undefined;
  const [repeated] = children;
  const isList = element.converted_type === "LIST" || element.logical_type?.type === "LIST";
  if (!isList || element.repetition_type === "REPEATED" || repeated === undefined || children.length > 1)
    return undefined;
  if (repeated.element.repetition_type !== "REPEATED") return undefined;
  if (repeated.children.length === 0) return layoutOf([column, repeated]);
  const [value] = repeated.children;
  const { name } = repeated.element;
  // By these names the repeated group is itself the value: a group of one field.
  if (repeated.children.length > 1 || name === "array" || name === `${element.name}_tuple`) return undefined;
  if (value === undefined || value.children.length > 0) return undefined;
  return value.element.repetition_type === "REPEATED" ? undefined : layoutOf([column, repeated, value]);
}

function layoutOf(path: readonly SchemaTree[]): ListLayout | undefined {
  const leaf = path.at(-1)?.element;
  const logical = leaf === undefined ? undefined : logicalType(leaf);
  if (leaf?.type === undefined || logical === undefined) return undefined;
  const isFixed = leaf.type === "FIXED_LEN_BYTE_ARRAY";
  const isOptional = leaf.repetition_type === "OPTIONAL";
  const emptyLevel = path[0]?.element.repetition_type === "OPTIONAL" ? 1 : 0;
  return {
    path: path.map(({ element }) => element.name),
    values: {
      physical: leaf.type,
      logical,
      typeLength: isFixed ? (leaf.type_length ?? 0) : undefined,
      isOptional,
    },
    emptyLevel,
    valueLevel: emptyLevel + (isOptional ? 2 : 1),
  };
}
