import type { Activation, PointwiseLink } from "../../core/model-spec.js";

/** One operation on a batch of events; what it gives is [batch, width], named as the node is. */
export type ServingNode = { name: string } & ServingOperation;

export type ServingOperation =
  /** The rows of a table that an input of row numbers, [batch], names. */
  | { kind: "rows"; table: string; input: string }
  /** An input of numbers, [batch, 1]. */
  | { kind: "numbers"; input: string }
  /** A tensor of one row, for every event. */
  | { kind: "constant"; tensor: string }
  /** x W + b; the kernel is [in, out], the bias [1, out]. */
  | { kind: "layer"; of: string; kernel: string; bias?: string }
  | { kind: "activation"; of: string; activation: Activation }
  /** Element by element; one column stands for as many as the other has. */
  | { kind: "product"; of: readonly [string, string] }
  /** Element by element. */
  | { kind: "sum"; of: readonly string[] }
  /** The sum of each row: [batch, 1]. */
  | { kind: "total"; of: string }
  | { kind: "concatenation"; of: readonly string[] };

export interface ServingInput {
  /** `rows/<feature>`, `numbers/<feature>` or `offset/<column>`: no tensor and no node is named so. */
  name: string;
  kind: "rows" | "numbers";
  /** The feature, or the column of a logged score, as its logit where it is a probability. */
  reads: string;
}

/** A model as the operations that serving frameworks have: from rows and numbers to the score; encoders stay outside. */
export interface ServingGraph {
  inputs: readonly ServingInput[];
  /** Each after those that it reads. */
  nodes: readonly ServingNode[];
  /** The node of the score before the link, [batch, 1]. */
  score: string;
  /** What turns the score into a prediction: `squared` leaves it as it is. */
  link: PointwiseLink;
}

/** The tensors that a node reads. */
export function tensorsOf(node: ServingNode): string[] {
  switch (node.kind) {
    case "rows":
      return [node.table];
    case "constant":
      return [node.tensor];
    case "layer":
      return node.bias === undefined ? [node.kernel] : [node.kernel, node.bias];
    default:
      return [];
  }
}

/** Writes nodes down one after another, each under a name of its own. */
export class ServingGraphBuilder {
  readonly inputs: ServingInput[] = [];
  readonly nodes: ServingNode[] = [];

  add(operation: ServingOperation): string {
    const name = `${operation.kind}_${this.nodes.length}`;
    this.nodes.push({ name, ...operation });
    return name;
  }

  /** An input, once however many read it. */
  input(kind: ServingInput["kind"], reads: string, prefix: string = kind): string {
    const name = `${prefix}/${graphName(reads).replaceAll("/", ".2f.")}`;
    if (!this.inputs.some((input) => input.name === name)) this.inputs.push({ name, kind, reads });
    return name;
  }

  sum(of: readonly string[]): string {
    const [only, second] = of;
    return only !== undefined && second === undefined ? only : this.add({ kind: "sum", of });
  }

  /** The inner product of two vectors of each event. */
  dot(left: string, right: string): string {
    return this.add({ kind: "total", of: this.add({ kind: "product", of: [left, right] }) });
  }
}

/** Letters, digits, `_`, `-` and `/` stay; others become their number between dots, so that no two names become one. */
export function graphName(name: string): string {
  return name.replace(/[^A-Za-z0-9_/-]/gu, (letter) => `.${letter.codePointAt(0)?.toString(16)}.`);
}
