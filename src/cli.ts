import { Command, CommanderError } from "commander";
import { compareCommand } from "./commands/compare.js";
import { convertCommand } from "./commands/convert.js";
import { demoCommand } from "./commands/demo.js";
import { driftCommand } from "./commands/drift.js";
import { initCommand } from "./commands/init.js";
import { inspectCommand } from "./commands/inspect.js";
import { opeCommand } from "./commands/ope.js";
import { predictCommand } from "./commands/predict.js";
import { replayCommand } from "./commands/replay.js";
import { stabilityCommand } from "./commands/stability.js";
import { type ErrorParts, type ExitCode, UnbatchError } from "./core/errors.js";
import { VERSION } from "./core/version.js";

const HELP = `
The way through, on your own log:
  $ unbatch inspect CHECKPOINT                  what is in it, which family it is
  $ unbatch init CHECKPOINT LOGS                proposes unbatch.yaml
  $ unbatch convert CHECKPOINT --out model      online model, with proof that it scores the same
  $ unbatch replay model LOGS --out run         predict, score, learn, in time order
  $ unbatch compare LOGS --out comparison       online against batch retraining: quality and cost
  $ unbatch drift LOGS --window 7d              which columns change, and by how much

unbatch demo goes the whole way on a log that it makes itself.

Exit codes: 0 done; 1 a gate failed; 2 wrong usage or input; 3 data or run incomplete; 70 a bug.`;

/** In the order of the job. */
function commands(): Command[] {
  return [
    inspectCommand(),
    initCommand(),
    convertCommand(),
    replayCommand(),
    compareCommand(),
    opeCommand(),
    driftCommand(),
    predictCommand(),
    stabilityCommand(),
    demoCommand(),
  ];
}

/** The whole command line. Each command loads what it needs when it runs. */
export function program(): Command {
  const root = new Command("unbatch")
    .description("Make a batch-trained recommender learn online.")
    .version(VERSION)
    .addHelpText("after", HELP)
    .showHelpAfterError("(unbatch --help shows what there is)");
  for (const command of commands()) {
    root.addCommand(command.exitOverride());
  }
  return root.exitOverride();
}

/** Runs one command line; never throws. Results go to stdout, errors to stderr (and, with --json, to stdout as JSON). */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  process.stdout.on("error", quietOnClosedPipe);
  try {
    await program().parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, argv);
  }
}

function report(error: unknown, argv: readonly string[]): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UnbatchError) {
    process.stderr.write(`error: ${error.message}\n`);
    // A gate fails after its result was printed: stdout has its one document.
    const isGate = error.exitCode === 1;
    if (argv.includes("--json") && !isGate) process.stdout.write(errorDocument(error.exitCode, error.parts));
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `error: ${message}\n  this is a bug in unbatch ${VERSION} (Node ${process.version})\n` +
      `  next: report it with this command line: unbatch ${argv.join(" ")}\n` +
      "  UNBATCH_DEBUG=1 shows where it happened\n",
  );
  if (process.env["UNBATCH_DEBUG"] === "1" && error instanceof Error)
    process.stderr.write(`${error.stack ?? ""}\n`);
  if (argv.includes("--json")) process.stdout.write(errorDocument(70, { found: message }));
  return 70;
}

function errorDocument(exitCode: ExitCode, parts: ErrorParts): string {
  return `${JSON.stringify({ schema: "unbatch.error", version: 1, exitCode, ...parts }, null, 2)}\n`;
}

/** `unbatch … | head` is not an error. */
function quietOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
