import type { Check } from "../check.js";
import { checkAdwin } from "./drift/adwin.js";
import { checkKswin } from "./drift/kswin.js";
import { checkPageHinkley } from "./drift/page-hinkley.js";
import { checkPublished } from "./drift/published.js";
import type { DriftDocument } from "./drift/schema.js";
import { checkTwoSample } from "./drift/two-sample.js";

const detectors = { adwin: checkAdwin, page_hinkley: checkPageHinkley, kswin: checkKswin };

export const driftCheck: Check = {
  file: "drift.json",
  run(document, tally) {
    const { streams, detectors: cases, two_sample } = document as DriftDocument;
    for (const [name, stream] of Object.entries(streams)) checkPublished(name, stream, tally);
    for (const one of cases) {
      const stream = streams[one.stream];
      const where = `${one.detector} ${one.variant} on ${one.stream}, ${JSON.stringify(one.params)}`;
      if (stream === undefined) tally.same(`${where}: stream`, undefined, one.stream);
      else if (one.variant === "river_legacy") tally.skip(where, "superseded by `river`: not implemented");
      else detectors[one.detector](where, one, stream, tally);
    }
    for (const pair of two_sample) checkTwoSample(pair, tally);
  },
};
