import type { Activation } from "../core/model-spec.js";

/** A term of `model.terms` after parsing, with every default but its name, which is its kind. */
export type TermConfig =
  | { kind: "offset"; name?: string | undefined; column: string; scale: "logit" | "probability" | "score" }
  | { kind: "bias"; name?: string | undefined }
  | { kind: "linear"; name?: string | undefined; features: string[] }
  | { kind: "dot"; name?: string | undefined; left: string; right: string; width: number; noise: number }
  | {
      kind: "factorisation";
      name?: string | undefined;
      features: string[];
      width: number;
      noise: number;
    }
  | {
      kind: "deep";
      name?: string | undefined;
      inputs: InputConfig[];
      hidden: number[];
      activation: Activation;
      noise: number;
    }
  | {
      kind: "towers";
      name?: string | undefined;
      left: { inputs: InputConfig[]; hidden: number[] };
      right: { inputs: InputConfig[]; hidden: number[] };
      width: number;
      activation: Activation;
      last?: Activation | undefined;
      noise: number;
    }
  | {
      kind: "cross";
      name?: string | undefined;
      inputs: InputConfig[];
      crosses: number;
      form: "vector" | "matrix";
      structure: "stacked" | "parallel";
      hidden: number[];
      activation: Activation;
      noise: number;
    }
  | {
      kind: "interaction";
      name?: string | undefined;
      features: string[];
      dense: string[];
      above?: "dense" | "vectors" | undefined;
      width: number;
      bottom: number[];
      hidden: number[];
      activation: Activation;
      noise: number;
    };

/** The name of a dense feature, an embedding (`from`: another term's), the element-wise product of two, or a sum. */
export type InputConfig =
  | string
  | { feature: string; width: number; from?: string | undefined }
  | { product: [string, string]; width: number }
  | { sum: string[]; width: number };
