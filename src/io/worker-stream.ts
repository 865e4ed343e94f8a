import { parentPort, Worker } from "node:worker_threads";
import { Rooms } from "../core/rooms.js";
import { receivedError, type SentError, sentError } from "./worker-error.js";

/** Items that may be under way at once: one in each thread's hands, one between. */
const CREDIT = 3;

/** Its columns are arrays outside of the heap: few small objects are young at once. */
const RESOURCES = { maxYoungGenerationSizeMb: 8 };

type Message<Head, Item> =
  | { kind: "head"; head: Head }
  | { kind: "item"; item: Item }
  | { kind: "end" }
  | SentError;

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
  giveBack(room: Uint8Array): void;
}

/** A thread that has begun, and waits for what to make a stream of. */
export interface WorkerStream<Task> {
  /**
   * Takes what it makes, at most three items ahead. Errors of the worker are thrown here. The thread ends with the last
   * item, or when the caller wants no more.
   */
  begin<Head, Item>(task: Task): Promise<StreamOfWorker<Head, Item>>;
}

/** Runs a module that calls serveStream in a thread of its own. One that is given no task holds up no end of the process. */
export function startWorker<Task>(module: URL): WorkerStream<Task> {
  const worker = new Worker(module, { resourceLimits: RESOURCES });
  worker.unref();
  return {
    begin: async <Head, Item>(task: Task): Promise<StreamOfWorker<Head, Item>> => {
      worker.ref();
      const messages = messagesOf<Head, Item>(worker);
      worker.postMessage(task);
      const first = await messages.next();
      if (first.done || first.value.kind !== "head") throw new TypeError("a worker that does not begin");
      const left: ArrayBuffer[] = [];
      return {
        head: first.value.head,
        items: itemsOf(worker, messages, left),
        giveBack: ({ buffer }) => {
          if (buffer instanceof ArrayBuffer) left.push(buffer);
        },
      };
    },
  };
}

async function* itemsOf<Head, Item>(
  worker: Worker,
  messages: AsyncGenerator<Message<Head, Item>>,
  left: ArrayBuffer[],
): AsyncGenerator<Item> {
  try {
    for await (const message of messages) {
      if (message.kind !== "item") continue;
      yield message.item;
      const rooms = left.splice(0);
      worker.postMessage({ rooms } satisfies More, rooms);
    }
  } finally {
    await worker.terminate();
  }
}

/** Until the end; errors are thrown. */
async function* messagesOf<Head, Item>(worker: Worker): AsyncGenerator<Message<Head, Item>> {
  const waiting: Message<Head, Item>[] = [];
  let wake: (() => void) | undefined;
  let died: Error | undefined;
  worker.on("message", (message: Message<Head, Item>) => {
    waiting.push(message);
    wake?.();
  });
  worker.on("error", (error: Error) => {
    died = error;
    wake?.();
  });
  for (;;) {
    const message = waiting.shift();
    if (message === undefined) {
      if (died !== undefined) throw died;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    if (message.kind === "end") return;
    if (message.kind === "refused" || message.kind === "failed") throw receivedError(message);
    yield message;
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
    post(sentError(error));
  }
  port.close();
}

/** Buffers that only one array looks at, the whole of them. */
function buffersOf(value: unknown, into: Set<ArrayBuffer> = new Set()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
      into.add(value.buffer);
  } else if (value instanceof Map) for (const one of value.values()) buffersOf(one, into);
  else if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const one of Object.values(value)) buffersOf(one, into);
  return [...into];
}
