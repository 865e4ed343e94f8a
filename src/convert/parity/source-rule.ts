import type { OptimizerSpec } from "../../core/model-spec.js";

/** One weight with its memory, by the source framework's own names. */
export interface SourceWeight {
  weight: number;
  slots: number[];
}

/** Takes one weight through one update. `step` counts from 1, over all updates so far. */
export type SourceRule = (of: SourceWeight, gradient: number, step: number) => void;

/** The slots of each rule, as sources call them. */
export const sourceSlots: Readonly<Partial<Record<OptimizerSpec["kind"], readonly RegExp[]>>> = {
  adagrad: [/^(accumulator|sum)$/],
  ftrl: [/^(accumulator|n)$/, /^(linear|z)$/],
  adam: [/^(m|exp_avg)$/, /^(v|exp_avg_sq)$/],
};

/**
 * What PyTorch and TensorFlow document for one weight, in float64 and on purpose not by the optimizers of src/model: what
 * `exact` slots are held to. In words where the settings are beyond it.
 */
export function sourceRule(spec: OptimizerSpec, isDense: boolean): SourceRule | string {
  if (spec.kind === "frozen") return () => {};
  if (spec.kind === "sgd" || spec.kind === "rowwise-adagrad") return `the optimizer is ${spec.kind}`;
  const beyond = (["clipNorm", "warmUpSteps", "rateFloor"] as const).find(
    (setting) => setting in spec && (spec as Partial<Record<typeof setting, number>>)[setting] !== undefined,
  );
  if (beyond !== undefined) return `${beyond} is no setting of the source's`;
  switch (spec.kind) {
    case "adagrad": {
      if ((spec.l1 ?? 0) !== 0) return "l1 is no setting of the source's Adagrad";
      // torch.optim.Adagrad: state_sum += g^2; p -= lr g / (sqrt(state_sum) + eps); TF's own adds epsilon in the root.
      return (of, gradient) => {
        const g = gradient + spec.l2 * of.weight;
        if (g === 0) return;
        const sum = (of.slots[0] ?? 0) + g * g;
        const root =
          spec.epsilonPlacement === "inside" ? Math.sqrt(sum + spec.epsilon) : Math.sqrt(sum) + spec.epsilon;
        of.weight -= (spec.rate * g) / root;
        of.slots[0] = sum;
      };
    }
    case "ftrl":
      // ApplyFtrl: linear += g - (sqrt(new) - sqrt(old)) / lr w; w = (sign(linear) l1 - linear) / (sqrt(new) / lr + 2 l2).
      return (of, g) => {
        if (g === 0) return;
        const [before = 0, linear = 0] = of.slots;
        const accumulator = before + g ** 2;
        const moved = linear + g - ((Math.sqrt(accumulator) - Math.sqrt(before)) / spec.rate) * of.weight;
        const quadratic = (spec.beta + Math.sqrt(accumulator)) / spec.rate + spec.l2;
        of.weight = Math.abs(moved) > spec.l1 ? (Math.sign(moved) * spec.l1 - moved) / quadratic : 0;
        of.slots = [accumulator, moved];
      };
    case "adam":
      if (spec.touch === "dense" && !isDense) return "dense Adam moves every row at each update";
      // torch.optim.Adam for what every event has a part in, torch.optim.SparseAdam for rows; ApplyAdam for both.
      return (of, gradient, step) => {
        const g = gradient + spec.l2 * of.weight;
        const m = spec.beta1 * (of.slots[0] ?? 0) + (1 - spec.beta1) * g;
        const v = spec.beta2 * (of.slots[1] ?? 0) + (1 - spec.beta2) * g ** 2;
        const [first, second] = [1 - spec.beta1 ** step, Math.sqrt(1 - spec.beta2 ** step)];
        of.weight -=
          (spec.correction ?? (isDense ? "moments" : "rate")) === "moments"
            ? ((spec.rate / first) * m) / (Math.sqrt(v) / second + spec.epsilon)
            : ((spec.rate * second) / first) * (m / (Math.sqrt(v) + spec.epsilon));
        of.slots = [m, v];
      };
  }
}
