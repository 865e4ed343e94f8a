import type { Refusal } from "../../core/figure.js";
import { Room } from "../../core/rooms.js";
import { startSink } from "../../io/worker-sink.js";
import { everyArray } from "../../measure/scored.js";
import type { MeasureSettings, Measuring, ToMeasure } from "../../replay/measures.js";
import type { MeasuredThere } from "./measure-worker.js";

/** Measures in a thread of its own, beside the one that learns. */
export function measureInThread(settings: MeasureSettings): Measuring {
  const module = new URL("../../../dist/commands/replay/measure-worker.js", import.meta.url);
  const sink = startSink<MeasureSettings, ToMeasure, Refusal | undefined, MeasuredThere>(module, settings);
  let seconds = 0;
  return {
    put: (rows) => {
      const room = sink.rooms.take(bytesOf(rows));
      // Others go on reading the block's own arrays.
      const copied = everyColumn(rows, (values) => {
        const copy = room.float64(values.length);
        copy.set(values);
        return copy;
      });
      sink.put(copied, room);
    },
    ready: () => sink.ready(),
    finish: async (noShadow) => {
      const there = await sink.finish(noShadow);
      seconds = there.seconds;
      return there.measured;
    },
    seconds: () => seconds,
    close: () => sink.close(),
  };
}

function bytesOf(rows: ToMeasure): number {
  let bytes = 0;
  everyColumn(rows, (values) => {
    bytes += Room.bytesOf(values.length, [8]);
    return values;
  });
  return bytes;
}

/** The same change of all arrays. */
function everyColumn(
  { scored, losses }: ToMeasure,
  change: (values: Float64Array) => Float64Array,
): ToMeasure {
  return {
    ...(scored === undefined
      ? {}
      : { scored: { ...everyArray(scored, change), shownAtMicros: change(scored.shownAtMicros) } }),
    losses: losses.map(({ learner, shadow, timesMicros }) => ({
      learner: change(learner),
      shadow: shadow && change(shadow),
      timesMicros: change(timesMicros),
    })),
  };
}
