import { parentPort, Worker } from "node:worker_threads";
import { type ErrorParts, type ExitCode, UnbatchError } from "../core/errors.js";
import { Rooms } from "../core/rooms.js";

/** Items that may be under way at once: one in each thread's hands, one between. */
const CREDIT = 3;

/** Its columns are arrays outside of the heap: few small objects are young at once. */
const RESOURCES = { maxYoungGenerationSizeMb: 8 };

type Message<Head, Item> =
  | { kind: "head"; head: Head }
  | { kind: "item"; item: Item }
  | { kind: "end" }
  | { kind: "refused"; parts: ErrorParts; exitCode: ExitCode }
  | { kind: "failed"; message: string; stack: string | undefined };

/** Asks for one more item, and brings rooms of earlier ones back. */
interface More {
  rooms: ArrayBuffer[];
}

/** What a worker begins with, and then one item after the other. */
export interface Streamed<Head, Item> {
  head: Head;
  items: AsyncIterable<Item>;
}

/** One that a worker makes. */
export interface StreamOfWorker<Head, Item> extends Streamed<Head, Item> {
  /** Gives the memory of an item that is not needed any more to the worker, with the next item that is asked for. */
  giveBack(room: ArrayBuffer): void;
}

/** A thread that has begun, and waits for what to make a stream of. */
export interface WorkerStream<Task> {
  /**
   * Takes what it makes, at most three items ahead. Errors of the worker are thrown here. The thread ends with the last
   * item, or when the caller wants no more.
   */
  begin<Head, Item>(task: Task): Promise<StreamOfWorker<Head, Item>>;
}

/**
 * Runs a module that calls serveStream in a thread of its own. It holds up no end of the process but while a caller waits
 * for what it makes.
 */
export function startWorker<Task>(module: URL): WorkerStream<Task> {
  const worker = new Worker(module, { resourceLimits: RESOURCES });
  worker.unref();
  // From the start on: one that dies before it has a task says so when it is given one.
  const inbox = new Inbox(worker);
  return {
    begin: async <Head, Item>(task: Task): Promise<StreamOfWorker<Head, Item>> => {
      worker.ref();
      worker.postMessage(task);
      const first = await inbox.next<Head, Item>();
      if (first?.kind !== "head") throw new TypeError("a worker that does not begin");
      worker.unref();
      const left: ArrayBuffer[] = [];
      return {
        head: first.head,
        items: itemsOf(worker, inbox, left),
        giveBack: (room) => {
          left.push(room);
        },
      };
    },
  };
}

async function* itemsOf<Item>(worker: Worker, inbox: Inbox, left: ArrayBuffer[]): AsyncGenerator<Item> {
  try {
    worker.ref();
    for (;;) {
      const message = await inbox.next<unknown, Item>();
      if (message === undefined) return;
      if (message.kind !== "item") continue;
      yield message.item;
      const rooms = left.splice(0);
      worker.postMessage({ rooms } satisfies More, rooms);
    }
  } finally {
    await worker.terminate();
  }
}

/** What a worker has sent and nobody has taken. */
class Inbox {
  readonly #waiting: Message<unknown, unknown>[] = [];
  #died: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(worker: Worker) {
    worker.on("message", (message: Message<unknown, unknown>) => {
      this.#waiting.push(message);
      this.#wake?.();
    });
    const dies = (error: Error): void => {
      this.#died ??= error;
      this.#wake?.();
    };
    worker.on("error", dies);
    worker.on("exit", (code) => dies(new Error(`a worker ended with code ${code} before its work`)));
  }

  /** Undefined at the end; errors are thrown. */
  async next<Head, Item>(): Promise<
    Exclude<Message<Head, Item>, { kind: "end" | "refused" | "failed" }> | undefined
  > {
    while (this.#waiting.length === 0) {
      if (this.#died !== undefined) throw this.#died;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const message = this.#waiting.shift() as Message<Head, Item> | undefined;
    if (message?.kind === "refused") throw new UnbatchError(message.parts, message.exitCode);
    if (message?.kind === "failed") {
      const error = new Error(message.message);
      if (message.stack !== undefined) error.stack = message.stack;
      throw error;
    }
    return message?.kind === "end" ? undefined : message;
  }
}

/** The worker's side: makes a stream of the task it is given, as fast as it is taken. Arrays move, they are not copied. */
export async function serveStream<Task, Head, Item>(
  make: (task: Task, rooms: Rooms) => Promise<Streamed<Head, Item>>,
): Promise<void> {
  const port = parentPort;
  // Loaded by the main thread, which asks for nothing.
  if (port === null) return;
  const post = (message: Message<Head, Item>, moved: ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  const task = await new Promise<Task>((resolve) => {
    port.once("message", resolve);
  });
  let credit = CREDIT;
  let wake: (() => void) | undefined;
  const rooms = new Rooms();
  port.on("message", (more: More) => {
    for (const buffer of more.rooms) rooms.giveBack(buffer);
    credit += 1;
    wake?.();
  });
  try {
    const { head, items } = await make(task, rooms);
    post({ kind: "head", head });
    for await (const item of items) {
      while (credit === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      credit -= 1;
      post({ kind: "item", item }, buffersOf(item));
    }
    post({ kind: "end" });
  } catch (error) {
    if (error instanceof UnbatchError)
      post({ kind: "refused", parts: error.parts, exitCode: error.exitCode });
    else {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      post({ kind: "failed", message, stack });
    }
  }
  port.close();
}

/** Buffers that stand by themselves, and those that only one array looks at, the whole of them. */
function buffersOf(value: unknown, into: Set<ArrayBuffer> = new Set()): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) into.add(value);
  else if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
      into.add(value.buffer);
  } else if (value instanceof Map) for (const one of value.values()) buffersOf(one, into);
  else if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const one of Object.values(value)) buffersOf(one, into);
  return [...into];
}
