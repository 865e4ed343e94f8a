import { nearestName } from "../core/nearest.js";
import { listOf, namesIn, partOf, textOf } from "./outline.js";
import { listed, type Problem } from "./problem.js";

/**
 * A pairwise link has negatives to rank below what was taken, and the squared link has none; they are drawn by log.user
 * and log.item; and some feature is the item's, or all of an event's rows would be the same.
 */
export function checkNegatives(value: unknown): Problem[] {
  const learner = partOf(value, "learner");
  const negatives = partOf(learner, "negatives");
  const link = textOf(partOf(value, "model"), "link");
  const needsThem = link === "bpr" || link === "sampled-softmax";
  if (negatives === undefined) {
    if (!needsThem) return [];
    const expected = `learner.negatives, such as { perPositive: 4, sampling: popularity }, for the ${link} link`;
    return [{ path: ["learner"], at: "key", found: "no negatives", expected }];
  }
  const path = ["learner", "negatives"];
  const features = listOf(value, "features");
  const log = partOf(value, "log");
  const missing = ["user", "item"].filter((key) => textOf(log, key) === undefined);
  const problems = missing.map((key): Problem => {
    const expected = `log.${key}: a negative is an item that the user has not had`;
    return { path, at: "key", found: `no log.${key}`, expected };
  });
  if (link === "squared")
    problems.push({ path, at: "key", found: "negatives with the squared link", expected: "another link" });
  return [...problems, ...checkItemFeatures(negatives, features, textOf(log, "item"))];
}

function checkItemFeatures(
  negatives: unknown,
  features: readonly unknown[],
  itemColumn: string | undefined,
): Problem[] {
  const path = ["learner", "negatives"];
  const names = features.flatMap((feature) => textOf(feature, "name") ?? []);
  if (partOf(negatives, "itemFeatures") !== undefined) {
    return namesIn(negatives, "itemFeatures", path)
      .filter(({ name }) => !names.includes(name))
      .map(({ name, path }) => ({
        path,
        found: `${JSON.stringify(name)}, which is no feature`,
        expected: JSON.stringify(nearestName(name, names)) ?? (listed(names) || "a feature (there are none)"),
      }));
  }
  const isItems = (feature: unknown): boolean =>
    (textOf(feature, "column") ?? textOf(feature, "name")) === itemColumn;
  if (itemColumn === undefined || features.some(isItems)) return [];
  return [
    {
      path,
      at: "key",
      found: `no feature of the column ${JSON.stringify(itemColumn)} (log.item)`,
      expected: "itemFeatures: the features that are the item's own",
    },
  ];
}
