import type { Activation } from "../core/model-spec.js";

/**
 * A model's own account of how its tensors are used, by operator; none where a format holds weights alone. Read as
 * data: nothing of it is executed.
 */
export interface Graph {
  /** By the name of what they give, in the source's order. */
  nodes: ReadonlyMap<string, GraphNode>;
  /** Names of nodes. */
  outputs: readonly string[];
}

export interface GraphNode {
  inputs: readonly string[];
  operation: Operation;
}

export type Operation =
  | { kind: "input" }
  /** A row of a tensor for each index; `combine`: of several indices. */
  | { kind: "rows"; tensor: string; combine?: "sum" | "mean" }
  /** A tensor as it is. */
  | { kind: "tensor"; tensor: string }
  | {
      kind: "layer";
      kernel: string;
      layout: "rows" | "transposed";
      bias?: string | undefined;
      activation: Activation;
    }
  | ({ kind: "batch-normalisation" } & BatchNormalisation)
  | { kind: "activation"; activation: Activation }
  /** Side by side. */
  | { kind: "concatenation" }
  | { kind: "sum" }
  /** Element by element. */
  | { kind: "product" }
  | { kind: "inner-product" }
  /** Vectors, and inner products of pairs of them, side by side. */
  | { kind: "interaction"; entering: readonly InteractionPart[] }
  /** Of the numbers of each event. */
  | { kind: "total" }
  /** Over a model's outputs, to the probabilities of classes. */
  | { kind: "softmax" }
  /** Changes no number: another shape, dropout. */
  | { kind: "same" }
  /** None that is known here, by the source's own name; `activation`: one that changes each number for itself. */
  | { kind: "other"; name: string; activation?: string };

/** A vector, or a pair of which the inner product is taken: places among the inputs. */
export type InteractionPart = number | readonly [number, number];

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta, a number each of what it normalises (Ioffe and Szegedy 2015). */
export interface BatchNormalisation {
  mean: string;
  variance: string;
  /** Absent: 1. */
  gamma?: string | undefined;
  /** Absent: 0. */
  beta?: string | undefined;
  /** Absent where the source does not say. */
  epsilon?: number | undefined;
}

/** An activation by the name that Keras and ONNX give it; undefined for one that is not known here. */
export function activationNamed(name: string, slope?: number): Activation | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (plain === "leakyrelu")
    return slope === undefined || Math.abs(slope - 0.01) < 1e-7 ? "leaky_relu" : undefined;
  if (plain === "elu") return slope === undefined || slope === 1 ? "elu" : undefined;
  const known: Activation[] = ["linear", "relu", "sigmoid", "tanh", "softplus"];
  return known.find((one) => one === plain);
}
