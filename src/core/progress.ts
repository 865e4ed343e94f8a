/** Where a long job says how far it is. Implementations write to stderr only. */
export interface Progress {
  start(total: number, unit: string): void;
  advance(by: number): void;
  note(line: string): void;
  finish(): void;
}

export const silent: Progress = { start() {}, advance() {}, note() {}, finish() {} };
