import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type ExitCode, UnbatchError } from "../core/errors.js";

interface DemoOptions {
  out: string;
  force?: boolean;
}

interface Step {
  /** What to look at in what it prints. */
  see: string;
  /** The command line as a person would type it: program, then arguments. */
  shown: string;
  script: string;
  args: readonly string[];
}

/** Days of the log that the checkpoint has not learned; the script makes 2024-05-01 to 2024-05-10. */
const REPLAYED_DAYS = [5, 6, 7, 8, 9, 10].map((day) => `day=2024-05-${String(day).padStart(2, "0")}`);
/** All that the demo writes: --force removes nothing else. */
const MADE = [
  "truth.parquet",
  "log",
  "checkpoint.pt",
  "golden.json",
  "unbatch.yaml",
  "model",
  "run",
  "comparison",
];
const BIN = packageFile("bin/unbatch.js");
const FIXTURE = packageFile("fixtures/demo/make.mjs");

export function demoCommand(): Command {
  return new Command("demo")
    .option("--out <folder>", "folder to write", "unbatch-demo")
    .option("--force", "replace an earlier demo")
    .addHelpText(
      "after",
      `
It runs inspect, convert, replay and compare, and prints each command line before it, to be repeated by hand.

Examples:
  $ unbatch demo
  $ unbatch demo --out elsewhere --force`,
    )
    .action(run);
}

async function run({ out, force }: DemoOptions): Promise<void> {
  await clear(out, force === true);
  const steps = stepsOf(out);
  for (const [index, step] of steps.entries()) {
    await print(`\n[${index + 1}/${steps.length}] ${step.see}\n$ ${step.shown}\n`);
    await runStep(step, `step ${index + 1} of ${steps.length}`);
  }
  await print(farewell(out));
}

function stepsOf(out: string): Step[] {
  const at = (name: string): string => join(out, name);
  const config = ["--config", at("unbatch.yaml")];
  const unbatch = (see: string, ...args: string[]): Step => ({
    see,
    shown: commandLine(["unbatch", ...args]),
    script: BIN,
    args,
  });
  const fixture = relative(process.cwd(), FIXTURE);
  return [
    {
      see: "Ten days of clicks on items whose appeal changes, and a model trained in batch on the first four",
      shown: commandLine(["node", fixture.startsWith("..") ? FIXTURE : fixture, out]),
      script: FIXTURE,
      args: [out],
    },
    unbatch(
      "Look at: the tensors, the optimizer slots beside them, and why it is a matrix factorisation",
      ...["inspect", at("checkpoint.pt")],
    ),
    unbatch("Look at: the columns, and the time range", "inspect", at("log"), ...config),
    unbatch(
      "Look at: parity, the largest difference between the checkpoint's scores and the online model's",
      ...["convert", at("checkpoint.pt"), ...config, "--out", at("model")],
    ),
    unbatch(
      "Look at: the log loss of each day, every row scored before it was learned",
      ...["replay", at("model"), ...REPLAYED_DAYS.map((day) => join(at("log"), day))],
      ...[...config, "--out", at("run")],
    ),
    unbatch(
      "Look at: log loss, and the rows learned for it: online against frozen, and against two ways to retrain",
      ...["compare", at("log"), ...config, "--checkpoint", at("model"), "--out", at("comparison")],
    ),
  ];
}

/** Error: the step ended otherwise than with 0; its exit code is kept. */
async function runStep({ script, args, shown }: Step, which: string): Promise<void> {
  const { spawn } = await import("node:child_process");
  const ended = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  if (ended.code === 0) return;
  throw new UnbatchError(
    {
      where: `${which}: ${shown}`,
      found: ended.code === null ? `ended by ${ended.signal}` : `ended with exit code ${ended.code}`,
      expected: "exit code 0",
      next: "its own message is above; repeat that command alone, or unbatch demo with --force",
    },
    exitCodeOf(ended.code),
  );
}

function exitCodeOf(code: number | null): ExitCode {
  // A signal leaves the demo unfinished; a script that throws ends with 1, which here is a gate's own code.
  if (code === null) return 3;
  return code === 1 || code === 2 || code === 3 ? code : 70;
}

/** Error: something is there and may not be replaced, or is not an earlier demo. */
async function clear(out: string, force: boolean): Promise<void> {
  const [{ refuseExisting }, { kindOf }, { readdirSync, rmSync }] = await Promise.all([
    import("../io/atomic.js"),
    import("../io/files.js"),
    import("node:fs"),
  ]);
  refuseExisting(out, force);
  const kind = kindOf(out);
  if (kind === "missing") return;
  const names = kind === "folder" ? readdirSync(out) : [];
  const others = names.filter((name) => !MADE.includes(name));
  const isDemo =
    kind === "folder" && others.length === 0 && (names.length === 0 || names.includes("truth.parquet"));
  if (!isDemo) {
    throw new UnbatchError({
      where: out,
      found:
        kind === "file" ? "a file" : `a folder that is not an earlier demo (${names.slice(0, 5).join(", ")})`,
      expected: "a free name, or an earlier demo to replace",
      next: "choose another --out",
    });
  }
  for (const name of names) rmSync(join(out, name), { recursive: true });
}

function farewell(out: string): string {
  return `
Done. All of it is in ${out}; the true click probabilities are in ${join(out, "truth.parquet")}.
"unbatch" above is: ${commandLine(["node", BIN])}

Next, with your own checkpoint and log:
  $ unbatch init CHECKPOINT LOGS                                 proposes unbatch.yaml; read its comments
  $ unbatch convert CHECKPOINT --out model                       stops if the scores are not the same
  $ unbatch replay model LOGS --out run                          days that the checkpoint has not learned
  $ unbatch compare LOGS --checkpoint model --out comparison     is it worth it?
`;
}

function print(text: string): Promise<void> {
  // Waited for, so that what a child prints comes after it on a pipe too.
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

/** A file of this package, from dist/commands. */
function packageFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}
