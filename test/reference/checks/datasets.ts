import type { Check } from "../check.js";
import type { Tally } from "../tally.js";
import { checkOrderAndCounts } from "./datasets/log.js";
import { movieTweetings, type RatingLog } from "./datasets/movie-tweetings.js";
import {
  checkPrequential,
  checkRunningMean,
  type Prequential,
  type RunningMean,
} from "./datasets/prequential.js";

const NAME = "movietweetings_100k";
const PROVENANCE = ["schema", "set", "seed", "script", "versions", "definitions"];

/** Computed from the rows of the log as this project's reader gives them, in this project's order. */
export const datasetsCheck: Check = {
  file: "datasets.json",
  needsData: true,
  async run(document, tally, data) {
    if (data === undefined) {
      tally.skip(NAME, "UNBATCH_DATA is not set");
      return;
    }
    const log = await movieTweetings(data);
    for (const [key, expected] of Object.entries(document as Record<string, unknown>)) {
      if (PROVENANCE.includes(key)) continue;
      checkPart(tally, key, expected, log);
    }
  },
};

function checkPart(tally: Tally, key: string, expected: unknown, log: RatingLog): void {
  if (key === NAME) checkOrderAndCounts(tally, expected as Record<string, unknown>, log);
  else if (key === "prequential") {
    (expected as Prequential[]).forEach((one, index) => {
      checkPrequential(tally, `prequential[${index}]`, one, log);
    });
  } else if (key === "running_mean_rating") {
    for (const [name, one] of Object.entries(expected as Record<string, RunningMean | null>)) {
      if (name === NAME && one !== null) checkRunningMean(tally, `running mean of ${name}`, one, log);
      else if (one === null) tally.same(`running mean of ${name}`, null, one);
      else tally.skip(name, "not among the data");
    }
  } else tally.skip(key, "not among the data");
}
