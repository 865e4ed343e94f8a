import type { FunctionDef, GraphDef, NodeDef } from "./graph-def.js";

/** A graph, or the body of a function with the call that it stands for. */
export interface Scope {
  /** The names of the calls that led here: one call, one path. */
  path: string;
  nodes: ReadonlyMap<string, NodeDef>;
  call?: { function: FunctionDef; place: Place };
}

/** One output of a node, somewhere in the graph. */
export interface Place {
  scope: Scope;
  node: NodeDef;
  /** The output's name where the reference has one (in functions), else "". */
  output: string;
  index: number;
}

const MAX_CALL_DEPTH = 24;
/** Hundreds of times what the graph of an Estimator takes; a graph made to be walked for ever ends here. */
const MAX_STEPS = 1_000_000;

/** There is more to walk than will be walked. */
export class EndlessGraph extends Error {
  constructor() {
    super(`more than ${MAX_STEPS} steps`);
    this.name = "EndlessGraph";
  }
}

/** Follows references through calls of functions, as if each body stood in place of its call. Nothing is evaluated. */
export class Places {
  readonly main: Scope;
  readonly #functions: ReadonlyMap<string, FunctionDef>;
  #steps = 0;

  constructor(graph: GraphDef) {
    this.main = { path: "", nodes: graph.nodes };
    this.#functions = graph.functions;
  }

  /** Every node of the graph and of the functions that it calls, once for each call. */
  *all(): Generator<Place> {
    const scopes: Scope[] = [this.main];
    for (let scope = scopes.pop(); scope !== undefined; scope = scopes.pop()) {
      const isDeepest = depthOf(scope) > MAX_CALL_DEPTH;
      for (const node of scope.nodes.values()) {
        this.#step();
        const place: Place = { scope, node, output: "", index: 0 };
        yield place;
        const inner = isDeepest ? undefined : this.#inside(place);
        if (inner !== undefined) scopes.push(inner);
      }
    }
  }

  /** What a reference of the main graph leads to. */
  find(reference: string): Place | undefined {
    return this.#find(reference, this.main);
  }

  /** The node that makes input `index` of a node: calls and arguments are followed. Undefined where there is none. */
  input({ scope, node }: Place, index: number): Place | undefined {
    const reference = node.inputs[index];
    return reference === undefined ? undefined : this.#find(reference, scope);
  }

  #find(reference: string, from: Scope): Place | undefined {
    let scope = from;
    let [name = "", output = "", position = ""] = split(reference);
    for (;;) {
      this.#step();
      const argument = scope.call?.function.arguments.indexOf(name) ?? -1;
      if (scope.call !== undefined && argument >= 0) {
        const { place } = scope.call;
        const passed = place.node.inputs[argument];
        if (passed === undefined) return undefined;
        scope = place.scope;
        [name, output, position] = split(passed);
        continue;
      }
      const node = scope.nodes.get(name);
      if (node === undefined) return undefined;
      const place: Place = { scope, node, output, index: Number(position) };
      const inner = this.#inside(place);
      if (inner === undefined) return place;
      const returned = inner.call?.function.returns[place.index];
      if (returned === undefined || depthOf(inner) > MAX_CALL_DEPTH) return undefined;
      scope = inner;
      [name, output, position] = split(returned);
    }
  }

  /** The body of the function that a node calls. */
  #inside(place: Place): Scope | undefined {
    const { node, scope } = place;
    const callee = /^(Stateful)?PartitionedCall$/.test(node.op) ? node.attribute("f").callee : node.op;
    const found = callee === undefined ? undefined : this.#functions.get(callee);
    if (found === undefined) return undefined;
    return { path: `${scope.path}/${node.name}`, nodes: found.nodes, call: { function: found, place } };
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS) throw new EndlessGraph();
  }
}

/** `name`, `name:2` or `name:output:2` -> name, output, index. */
function split(reference: string): [string, string, string] {
  const [name = "", second = "", third] = reference.split(":");
  return third === undefined ? [name, "", second] : [name, second, third];
}

function depthOf(scope: Scope): number {
  let depth = 0;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.call?.place.scope) depth++;
  return depth;
}

/** The same output of the same node, reached by the same calls. */
export function sameNode(a: Place | undefined, b: Place | undefined): boolean {
  return a !== undefined && b !== undefined && a.node === b.node && a.scope.path === b.scope.path;
}
