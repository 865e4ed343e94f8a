const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const removals = new Set<() => void>();

/** Until the returned function is called, Ctrl-C and SIGTERM remove what is half-written, then end the process. */
export function removedOnSignal(remove: () => void): () => void {
  if (removals.size === 0) for (const signal of signals()) process.on(signal, removeAndExit);
  removals.add(remove);
  return () => {
    removals.delete(remove);
    if (removals.size === 0) for (const signal of signals()) process.off(signal, removeAndExit);
  };
}

/** Signals that came while this thread was busy have their turn: they are lost with the last removal. */
export async function signalsHandled(): Promise<void> {
  // The first turn of the event loop may be past its look at signals.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function removeAndExit(signal: NodeJS.Signals): void {
  for (const remove of removals) {
    try {
      remove();
    } catch {
      // The process ends all the same, and the other removals still have their turn.
    }
  }
  process.exit(EXIT_CODES[signal === "SIGTERM" ? "SIGTERM" : "SIGINT"]);
}

function signals(): ("SIGINT" | "SIGTERM")[] {
  return ["SIGINT", "SIGTERM"];
}
