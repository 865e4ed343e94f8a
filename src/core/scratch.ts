/** Room on disk for what memory has none for. Nothing of it is left when the process ends, however it ends. */
export interface Scratch {
  /** Errors: no place for a file (exit 2), no space (exit 3). */
  create(): ScratchFile;
}

export interface ScratchFile {
  /** Writes all of it behind what was written before. Error: no space, or a disk that fails (exit 3). */
  append(bytes: Uint8Array): void;
  /** Bytes [from, from + length), which were written before. */
  read(from: number, length: number): Uint8Array<ArrayBuffer>;
  /** Gives the space back. */
  close(): void;
}
