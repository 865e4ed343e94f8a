import { UnbatchError } from "../core/errors.js";
import type { Checkpoint } from "./checkpoint.js";
import { plainTensors } from "./plain-tensors.js";
import { isRecognised, type Recognised, recognise, type Told, type Unrecognised } from "./recognise.js";

/**
 * The family of a checkpoint as far as a look tells: where converting it would be refused, why. Which of several outputs
 * is wanted does not change what it is: where it is nothing as a whole, it is what its first output is.
 */
export function lookAt(checkpoint: Checkpoint, where: string, told: Told = {}): Recognised | Unrecognised {
  const whole = lookAtOutput(checkpoint, undefined, where, told);
  if (isRecognised(whole)) return whole;
  const first = lookAtOutput(checkpoint, 0, where, told);
  return isRecognised(first) ? first : whole;
}

function lookAtOutput(
  checkpoint: Checkpoint,
  output: number | undefined,
  where: string,
  told: Told,
): Recognised | Unrecognised {
  try {
    return recognise(plainTensors(checkpoint, output, where), told);
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
