import type { Golden } from "./golden.js";
import { factorGoldens } from "./made/factors.js";
import { linearGoldens } from "./made/linear.js";
import { kerasGoldens, networkGoldens } from "./made/networks.js";
import { pytorchGoldens } from "./made/pytorch.js";
import { tfjsGoldens } from "./made/tfjs.js";
import { xgboostGoldens } from "./made/trees.js";
import { boostedTreeGoldens } from "./published/boosted-trees.js";
import { ncfGoldens } from "./published/keras.js";
import { onnxGoldens } from "./published/onnx.js";
import { tensorflowGoldens } from "./published/tensorflow.js";
import { tfjsPublishedGoldens } from "./published/tfjs.js";
import { vowpalWabbitGoldens } from "./published/vowpal-wabbit.js";

/** Of fixtures/made. */
export function madeGoldens(made: string): Golden[] {
  return [
    ...factorGoldens(made),
    ...kerasGoldens(made),
    ...linearGoldens(made),
    ...networkGoldens(made),
    ...pytorchGoldens(made),
    ...tfjsGoldens(made),
    ...xgboostGoldens(made),
  ];
}

/** Of files that other projects published: `data` is their folder. */
export function publishedGoldens(data: string, reference: string): Golden[] {
  return [
    ...boostedTreeGoldens(data),
    ...ncfGoldens(),
    ...onnxGoldens(),
    ...tensorflowGoldens(data, reference),
    ...tfjsPublishedGoldens(),
    ...vowpalWabbitGoldens(data),
  ];
}
