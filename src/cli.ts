import { Command, CommanderError } from "commander";
import { type ErrorParts, type ExitCode, UnbatchError } from "./core/errors.js";
import { VERSION } from "./core/version.js";

const HELP = `
The way through, on your own log:
  $ unbatch inspect CHECKPOINT                  what is in it, which family it is
  $ unbatch init CHECKPOINT LOGS                proposes unbatch.yaml
  $ unbatch convert CHECKPOINT --out model      online model, with proof that it scores the same
  $ unbatch replay model LOGS --out run         predict, score, learn, in time order
  $ unbatch tune LOGS                           settings for compare, an equal budget for each policy
  $ unbatch compare LOGS --out comparison       online against batch retraining: quality and cost
  $ unbatch drift LOGS --window 7d              which columns change, and by how much
  $ unbatch export run/model --to onnx --out serving   the way back to serving

unbatch demo goes the whole way on a log that it makes itself.

Exit codes: 0 done; 1 a gate failed; 2 wrong usage or input; 3 data or run incomplete; 70 a bug.`;

interface CommandEntry {
  name: string;
  /** Its arguments, as help shows them. */
  takes: string;
  does: string;
  load(): Promise<Command>;
}

/** In the order of the job. A command's own file is loaded when it is named: help needs no more than this. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: "inspect",
    takes: "<path>",
    does: "say what a path holds: a checkpoint, a Parquet log, an online model, a run",
    load: async () => (await import("./commands/inspect.js")).inspectCommand(),
  },
  {
    name: "init",
    takes: "<paths...>",
    does: "look at a checkpoint and a log, and propose unbatch.yaml with a comment at each guess",
    load: async () => (await import("./commands/init.js")).initCommand(),
  },
  {
    name: "convert",
    takes: "[checkpoint]",
    does: "turn a batch checkpoint into a model that learns online, and prove that it scores the same",
    load: async () => (await import("./commands/convert.js")).convertCommand(),
  },
  {
    name: "replay",
    takes: "<model> <logs...>",
    does: "replay a log through an online model: predict each event, score it, then learn its label when known",
    load: async () => (await import("./commands/replay.js")).replayCommand(),
  },
  {
    name: "compare",
    takes: "<logs...>",
    does: "compare online learning with batch retraining on one log: quality, rows learned, CPU seconds",
    load: async () => (await import("./commands/compare.js")).compareCommand(),
  },
  {
    name: "tune",
    takes: "<logs...>",
    does: "choose rates, epochs and more for compare's policies, on rows before its test alone",
    load: async () => (await import("./commands/tune.js")).tuneCommand(),
  },
  {
    name: "ope",
    takes: "<logs...>",
    does: "off-policy evaluation: what a policy would have earned on a log that another policy wrote",
    load: async () => (await import("./commands/ope.js")).opeCommand(),
  },
  {
    name: "drift",
    takes: "<logs...>",
    does: "compare a current log with a reference, or windows of one log: which columns have changed",
    load: async () => (await import("./commands/drift.js")).driftCommand(),
  },
  {
    name: "predict",
    takes: "<model> <logs...>",
    does: "score a log with an online model as it is, to check parity in your own stack",
    load: async () => (await import("./commands/predict.js")).predictCommand(),
  },
  {
    name: "stability",
    takes: "<model-a> <model-b>",
    does: "how far the embeddings moved between two online models, and what that breaks downstream",
    load: async () => (await import("./commands/stability.js")).stabilityCommand(),
  },
  {
    name: "export",
    takes: "<model>",
    does: "write an online model for serving: safetensors, a PyTorch state_dict, ONNX or TensorFlow.js",
    load: async () => (await import("./commands/export.js")).exportCommand(),
  },
  {
    name: "demo",
    takes: "",
    does: "make a log that drifts and a batch checkpoint of it, and go the whole way with them",
    load: async () => (await import("./commands/demo.js")).demoCommand(),
  },
];

/** The whole command line; of the commands, those that `argv` names are there in full. */
export async function program(argv: readonly string[]): Promise<Command> {
  const root = new Command("unbatch")
    .description("Make a batch-trained recommender learn online.")
    .version(VERSION)
    .addHelpText("after", HELP)
    .showHelpAfterError("(unbatch --help shows what there is)");
  for (const entry of COMMANDS) {
    const command = argv.includes(entry.name) ? await entry.load() : standIn(entry);
    root.addCommand(command.description(entry.does).exitOverride());
  }
  return root.exitOverride();
}

/** A command's line in the list of commands. Every command has options. */
function standIn({ name, takes }: CommandEntry): Command {
  const command = new Command(name).option("--help");
  return takes === "" ? command : command.arguments(takes);
}

/** Runs one command line; never throws. Results go to stdout, errors to stderr (and, with --json, to stdout as JSON). */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  process.stdout.on("error", quietOnClosedPipe);
  try {
    await (await program(argv)).parseAsync(argv, { from: "user" });
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
