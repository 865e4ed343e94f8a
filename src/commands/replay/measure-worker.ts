import type { Refusal } from "../../core/figure.js";
import { serveSink } from "../../io/worker-sink.js";
import { type Measured, type MeasureSettings, Measures, type ToMeasure } from "../../replay/measures.js";
import { threadSeconds } from "../usage.js";

/** What a thread has measured, and the CPU seconds that it took. */
export interface MeasuredThere {
  measured: Measured;
  seconds: number;
}

/** A thread that measures what another learns. */
serveSink<MeasureSettings, ToMeasure, Refusal | undefined, MeasuredThere>((settings) => {
  const measures = new Measures(settings);
  return {
    put: (rows) => measures.put(rows),
    finish: async (noShadow) => {
      const measured = await measures.finish(noShadow);
      return { measured, seconds: threadSeconds() };
    },
  };
});
