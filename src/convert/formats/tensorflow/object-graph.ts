import { readFields } from "../wire.js";

const text = new TextDecoder();

/**
 * The full name of each variable by the key that its checkpoint has it under: `dense/kernel` for
 * `layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE` (TrackableObjectGraph of
 * tensorflow/core/protobuf/trackable_object_graph.proto). Error: RangeError for damage.
 */
export function readFullNames(graph: Uint8Array): Map<string, string> {
  const names = new Map<string, string>();
  for (const node of parts(graph, 1))
    for (const attribute of parts(node, 2)) {
      const [fullName] = parts(attribute, 2);
      const [key] = parts(attribute, 3);
      if (fullName !== undefined && key !== undefined) names.set(text.decode(key), text.decode(fullName));
    }
  return names;
}

/**
 * The same from the objects of a SavedModel (SavedObjectGraph of saved_object_graph.proto): a variable has a name, and
 * its key is the shortest path from the root. Error: RangeError for damage.
 */
export function readVariableNames(objects: Uint8Array): Map<string, string> {
  const nodes = [...parts(objects, 1)];
  const pathOf = new Map<number, string>([[0, ""]]);
  const names = new Map<string, string>();
  // A map is walked in the order in which it grows: breadth first.
  for (const [id, path] of pathOf) {
    const node = nodes[id] ?? new Uint8Array(0);
    for (const child of parts(node, 1)) {
      const { number, name } = reference(child);
      if (!pathOf.has(number) && number < nodes.length)
        pathOf.set(number, `${path}${name.replaceAll(".", "..").replaceAll("/", ".S")}/`);
    }
    for (const variable of parts(node, 7)) {
      const [name] = parts(variable, 6);
      if (name !== undefined) names.set(`${path}.ATTRIBUTES/VARIABLE_VALUE`, text.decode(name));
    }
  }
  return names;
}

function reference(message: Uint8Array): { number: number; name: string } {
  let number = 0;
  let name = "";
  for (const field of readFields(message)) {
    if (field.number === 1 && field.kind === "varint") number = field.value;
    if (field.number === 2 && field.kind === "bytes") name = text.decode(field.bytes);
  }
  return { number, name };
}

function* parts(message: Uint8Array, number: number): Generator<Uint8Array> {
  for (const field of readFields(message))
    if (field.number === number && field.kind === "bytes") yield field.bytes;
}
