import { adwin } from "../../../../src/measure/drift/adwin.js";
import { kswin } from "../../../../src/measure/drift/kswin.js";
import { pageHinkley } from "../../../../src/measure/drift/page-hinkley.js";
import { cpythonRandom } from "../../../support/cpython-random.js";
import type { Tally } from "../../tally.js";
import { modeOf } from "./page-hinkley.js";
import { replay } from "./replay.js";
import type { Stream } from "./schema.js";

/** Detections printed in River's documentation and tests, with River's defaults but for what `params` says. */
export function checkPublished(name: string, { published, values }: Stream, tally: Tally): void {
  for (const { detector, params, detections, where } of published) {
    const told = new Map(
      params === "river defaults"
        ? []
        : params.split(", ").map((part) => part.split("=") as [string, string]),
    );
    tally.same(`${name}: ${detector}, ${where}`, detectionsOf(detector, told, values), detections);
  }
}

function detectionsOf(
  detector: Stream["published"][number]["detector"],
  told: ReadonlyMap<string, string>,
  values: readonly number[],
): number[] {
  const number = (key: string, otherwise: number): number => Number(told.get(key) ?? otherwise);
  if (detector === "adwin")
    return replay(adwin({ delta: number("delta", 0.002), clock: number("clock", 32) }, "river"), values)
      .detections;
  if (detector === "page_hinkley") {
    const parameters = {
      minInstances: number("min_instances", 30),
      delta: number("delta", 0.005),
      threshold: number("threshold", 50),
      alpha: number("alpha", 1 - 0.0001),
      mode: modeOf(told.get("mode") ?? "both"),
    };
    return replay(pageHinkley(parameters), values).detections;
  }
  const parameters = {
    alpha: number("alpha", 0.005),
    window: number("window_size", 100),
    stat: number("stat_size", 30),
  };
  let random = cpythonRandom(number("seed", 0));
  const kolmogorovSmirnov = kswin(parameters, (older, size) => random.sample(older, size));
  return values.flatMap((value, index) => {
    if (kolmogorovSmirnov.state.hasDrifted) random = cpythonRandom(number("seed", 0));
    return kolmogorovSmirnov.update(value) ? [index] : [];
  });
}
