import { UnbatchError } from "../core/errors.js";
import type { Checkpoint } from "./checkpoint.js";
import { plainTensors } from "./plain-tensors.js";
import { type Recognised, recognise, type Told, type Unrecognised } from "./recognise.js";

/** The family of a checkpoint as far as a look tells: where converting it would be refused, why. */
export function lookAt(checkpoint: Checkpoint, where: string, told: Told = {}): Recognised | Unrecognised {
  try {
    // Which of several outputs is wanted does not change what it is.
    return recognise(plainTensors(checkpoint, 0, where), told);
  } catch (error) {
    if (!(error instanceof UnbatchError)) throw error;
    return {
      missing: [
        {
          family: "logistic-regression",
          missing: [`${error.parts.expected ?? ""}; it is ${error.parts.found}`],
        },
      ],
      beyond: [],
    };
  }
}
