import { type ErrorParts, type ExitCode, UnbatchError } from "../core/errors.js";

/** An error on its way from one thread to another. */
export type SentError =
  | { kind: "refused"; parts: ErrorParts; exitCode: ExitCode }
  | { kind: "failed"; message: string; stack: string | undefined };

export function sentError(error: unknown): SentError {
  if (error instanceof UnbatchError) return { kind: "refused", parts: error.parts, exitCode: error.exitCode };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "failed", message, stack };
}

export function receivedError(sent: SentError): Error {
  if (sent.kind === "refused") return new UnbatchError(sent.parts, sent.exitCode);
  const error = new Error(sent.message);
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
