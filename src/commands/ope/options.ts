import { UnbatchError } from "../../core/errors.js";
import type { CommonOptions } from "../common-options.js";

export interface OpeOptions extends CommonOptions {
  policyTable?: string;
  uniform?: boolean;
  model?: string;
  greedy?: boolean;
  softmax?: number;
  epsilon?: number;
  trainedThrough?: number;
  keepsLearning?: boolean;
  closedLoop?: boolean;
  publishEvery?: number;
  itemColumns?: string;
  candidates?: string;
  candidatesColumn?: string;
  loggingTable?: string;
  itemGroups?: string;
  time?: string;
  label?: string;
  item?: string;
  propensity?: string;
  position?: string;
  group?: string;
  user?: string;
  from?: number;
  to?: number;
  positionModel?: "each" | "slate";
  rewardRange?: { least: number; most: number };
  leastPropensity?: number;
  clip: number;
  minEss: number;
  confidence: number;
  maxRows?: number;
}

/** The policy whose value is asked for, as the options name it. */
export type PolicyChoice =
  | { kind: "table"; file: string }
  | { kind: "uniform" }
  | { kind: "model"; model: string; by: ModelPolicy };

export type ModelPolicy =
  | { kind: "greedy" }
  | { kind: "softmax"; temperature: number }
  | { kind: "epsilon-greedy"; epsilon: number };

/** Errors: none or more than one policy; a model without, or with more than one, way to choose by its scores. */
export function policyChoice(options: OpeOptions): PolicyChoice {
  const choices: PolicyChoice[] = [];
  if (options.policyTable !== undefined) choices.push({ kind: "table", file: options.policyTable });
  if (options.uniform === true) choices.push({ kind: "uniform" });
  if (options.model !== undefined)
    choices.push({ kind: "model", model: options.model, by: modelPolicy(options) });
  const [choice, ...others] = choices;
  if (choice === undefined || others.length > 0) {
    throw new UnbatchError({
      found: choice === undefined ? "no policy to evaluate" : `${choices.length} policies`,
      expected:
        "one of --policy-table FILE, --uniform, --model MODEL with --greedy, --softmax T or --epsilon E",
      next: "unbatch ope --help has an example of each",
    });
  }
  const isModel = choice.kind === "model";
  const learns = options.keepsLearning === true || options.closedLoop === true;
  if (learns && (!isModel || (options.keepsLearning === true && options.closedLoop === true)))
    throw new UnbatchError({
      found: isModel ? "both --keeps-learning and --closed-loop" : "a policy that learns, without --model",
      expected: "--model MODEL and one of them",
      next: "--keeps-learning: the models that this log taught; --closed-loop: what the policy would have drawn itself",
    });
  if (!isModel && modelPolicies(options).length > 0)
    throw new UnbatchError({
      found: "--greedy, --softmax or --epsilon without --model",
      expected: "a model whose scores they choose by",
      next: "add --model MODEL, or leave them out",
    });
  return choice;
}

function modelPolicies({ greedy, softmax, epsilon }: OpeOptions): ModelPolicy[] {
  const policies: ModelPolicy[] = [];
  if (greedy === true) policies.push({ kind: "greedy" });
  if (softmax !== undefined) policies.push({ kind: "softmax", temperature: softmax });
  if (epsilon !== undefined) policies.push({ kind: "epsilon-greedy", epsilon });
  return policies;
}

function modelPolicy(options: OpeOptions): ModelPolicy {
  const [policy, ...others] = modelPolicies(options);
  if (policy !== undefined && others.length === 0) return policy;
  throw new UnbatchError({
    found: policy === undefined ? "a model without a way to choose" : "more than one way to choose",
    expected: "one of --greedy, --softmax TEMPERATURE, --epsilon E",
    next: "add --softmax 1 for probabilities in proportion to exp(score)",
  });
}
