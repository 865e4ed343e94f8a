import { converted, convertedAlone } from "../convert.js";
import { ALONE, dense, featuresOf, type Golden, TOLERANCE } from "../golden.js";
import { numbered } from "../made/trees.js";
import { taxiGoldens } from "./taxi.js";

const HALF = "data/tf_savedmodel/serving_saved_model_half_plus_two_tf2_cpu/00000123/";

const PENGUIN = ["culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"];

/** What TensorFlow Serving's own tests and documents say of its models; the taxi models of TFX. */
export function tensorflowGoldens(data: string, reference: string): Golden[] {
  return [
    {
      file: HALF,
      against: "x/2 + 2 for 1, 2 and 5, as TensorFlow Serving's documents have it: 2.5, 3 and 4.5",
      tolerance: TOLERANCE,
      prove: (path) => {
        const variable = (name: string): string => `${name}/.ATTRIBUTES/VARIABLE_VALUE`;
        const tensors = { "linear/x": variable("a"), bias: variable("b") };
        return converted(path, {
          config: {
            features: featuresOf(["x"], dense),
            checkpoint: { family: "logistic-regression", tensors },
            model: { link: "squared", terms: [{ kind: "bias" }, { kind: "linear", features: ["x"] }] },
          },
          columns: { x: [1, 2, 5] },
          scores: [2.5, 3, 4.5],
        });
      },
    },
    {
      file: "data/tf_savedmodel/keras_iris_tfx/",
      against: `${ALONE}, the first of its three outputs`,
      tolerance: TOLERANCE,
      prove: (path) =>
        convertedAlone(path, { features: featuresOf(PENGUIN, dense), checkpoint: { output: 0 } }),
    },
    {
      file: "data/tf_savedmodel/scisharp_simple_model_from_auto_compile/",
      against: `${ALONE}, the first of its ten outputs`,
      tolerance: TOLERANCE,
      prove: (path) =>
        convertedAlone(path, { features: featuresOf(numbered(784), dense), checkpoint: { output: 0 } }),
    },
    ...taxiGoldens(data, reference),
  ];
}
