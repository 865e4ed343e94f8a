import { parentPort, Worker } from "node:worker_threads";
import { type Room, Rooms } from "../core/rooms.js";
import { receivedError, type SentError, sentError } from "./worker-error.js";

/** Items that may be under way at once. */
const MOST_UNDER_WAY = 3;

/** Its arrays lie outside of the heap: few small objects are young at once. */
const RESOURCES = { maxYoungGenerationSizeMb: 8 };

type ToWorker<Setup, Item> =
  | { kind: "setup"; setup: Setup }
  | { kind: "item"; item: Item; room: ArrayBuffer }
  | { kind: "end"; end: unknown };
type FromWorker<Result> =
  | { kind: "taken"; room: ArrayBuffer }
  | { kind: "result"; result: Result }
  | SentError;

/** A thread that takes items one after the other and gives one result at their end. */
export interface WorkerSink<Item, End, Result> {
  /** Where the arrays of items lie: each room moves to the thread with its item, and comes back. */
  readonly rooms: Rooms;
  put(item: Item, room: Room): void;
  /** When few enough items are under way that another may be put. Errors of the worker are thrown here. */
  ready(): Promise<void>;
  finish(end: End): Promise<Result>;
  /** Ends the thread, whatever it does. */
  close(): void;
}

/** Runs a module that calls serveSink in a thread of its own. */
export function startSink<Setup, Item, End, Result>(
  module: URL,
  setup: Setup,
): WorkerSink<Item, End, Result> {
  const worker = new Worker(module, { resourceLimits: RESOURCES });
  const post = (message: ToWorker<Setup, Item>, moved: ArrayBuffer[] = []): void =>
    worker.postMessage(message, moved);
  const rooms = new Rooms();
  let underWay = 0;
  let result: { value: Result } | undefined;
  let failed: Error | undefined;
  let wake: (() => void) | undefined;
  worker.on("message", (message: FromWorker<Result>) => {
    if (message.kind === "taken") {
      underWay -= 1;
      rooms.giveBack(message.room);
    } else if (message.kind === "result") result = { value: message.result };
    else failed = receivedError(message);
    wake?.();
  });
  worker.on("error", (error: Error) => {
    failed = error;
    wake?.();
  });
  const waitFor = async (isDone: () => boolean): Promise<void> => {
    while (failed === undefined && !isDone())
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failed !== undefined) throw failed;
  };
  post({ kind: "setup", setup });
  return {
    rooms,
    put: (item, { buffer }) => {
      underWay += 1;
      post({ kind: "item", item, room: buffer }, [buffer]);
    },
    ready: () => waitFor(() => underWay < MOST_UNDER_WAY),
    finish: async (end) => {
      post({ kind: "end", end });
      await waitFor(() => result !== undefined);
      if (result === undefined) throw new TypeError("a worker that gives no result");
      return result.value;
    },
    close: () => {
      void worker.terminate();
    },
  };
}

/** The worker's side. What is put is looked at before `put` returns, or copied. */
export function serveSink<Setup, Item, End, Result>(
  make: (setup: Setup) => { put(item: Item): void; finish(end: End): Result | Promise<Result> },
): void {
  const port = parentPort;
  // Loaded by the main thread, which asks for nothing.
  if (port === null) return;
  const post = (message: FromWorker<Result>, moved: ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  let sink: ReturnType<typeof make> | undefined;
  const take = async (message: ToWorker<Setup, Item>): Promise<void> => {
    if (message.kind === "setup") sink = make(message.setup);
    else if (sink === undefined) throw new TypeError("an item before the setup");
    else if (message.kind === "item") {
      sink.put(message.item);
      post({ kind: "taken", room: message.room }, [message.room]);
    } else post({ kind: "result", result: await sink.finish(message.end as End) });
  };
  port.on("message", (message: ToWorker<Setup, Item>) => {
    take(message).catch((error: unknown) => {
      post(sentError(error));
    });
  });
}
