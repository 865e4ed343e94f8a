import { madeGoldens, publishedGoldens } from "./list.js";

const [made = "", data = "", only = ""] = process.argv.slice(2);
for (const golden of [
  ...madeGoldens(made),
  ...(data === "" ? [] : publishedGoldens(data, process.env["UNBATCH_REFERENCE"] ?? "")),
]) {
  if (!golden.file.includes(only)) continue;
  const path = golden.file.replace(/^made/, made).replace(/^data/, data).replace(/\/$/, "");
  const started = performance.now();
  try {
    const { difference, compared, unit } = await golden.prove(path);
    const ms = (performance.now() - started).toFixed(0);
    console.log(
      difference <= golden.tolerance ? "ok  " : "MISS",
      golden.file,
      difference.toExponential(1),
      compared,
      unit,
      golden.tolerance,
      `${ms} ms`,
    );
  } catch (error) {
    console.log("FAIL", golden.file, String(error).slice(0, 700));
  }
}
