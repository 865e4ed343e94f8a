import type { Precision } from "../core/model-spec.js";
import { bind } from "./bind.js";
import { bindTold, recognisedAsTold } from "./bind-told.js";
import type { Bound, Source } from "./bound.js";
import { type Built, build } from "./build.js";
import { plainTensors } from "./plain-tensors.js";
import { isRecognised, recognise, unknownFamily } from "./recognise.js";
import type { SlotMode } from "./slots.js";

export interface Converted extends Built {
  source: Source;
  bound: Bound;
}

/** Checkpoint -> online model: recognise, give roles to features, build. Nothing is proved or written yet. */
export function convert(
  given: Omit<Source, "recognised">,
  options: { slots: SlotMode; precision: Precision },
): Converted {
  const { config, where } = given;
  const checkpoint = plainTensors(given.checkpoint, config.checkpoint?.output, where);
  const told = {
    family: config.checkpoint?.family,
    tensors: config.checkpoint?.tensors,
    head: config.checkpoint?.head,
  };
  const whole = recognisedAsTold(checkpoint, config);
  const recognised = whole ?? recognise(checkpoint, told);
  if (!isRecognised(recognised)) throw unknownFamily(recognised, checkpoint, where);
  const source: Source = { ...given, checkpoint, recognised };
  const bound = whole === undefined ? bind(source) : bindTold(source);
  return { source, bound, ...build(source, bound, options.slots, options.precision) };
}
