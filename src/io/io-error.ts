import { incomplete, UnbatchError } from "../core/errors.js";

const causes: Readonly<Record<string, { found: string; next: string }>> = {
  ENOENT: { found: "no such file or folder", next: "check the path" },
  EACCES: { found: "permission denied", next: "check who owns it, or choose another place" },
  EPERM: { found: "operation not permitted", next: "check who owns it, or choose another place" },
  EISDIR: { found: "a folder", next: "give a file" },
  ENOTDIR: { found: "a file where the path needs a folder", next: "check the path" },
  EEXIST: { found: "a file where the path needs a folder", next: "check the path" },
  ELOOP: { found: "a symbolic link that leads to itself", next: "check the path" },
  ENAMETOOLONG: { found: "a name that is too long", next: "check the path" },
  ENOSPC: { found: "no space left on the disk", next: "free some space and run the command again" },
  EDQUOT: { found: "the disk quota is used up", next: "free some space and run the command again" },
  EFBIG: {
    found: "a file larger than the system lets it be",
    next: "raise ulimit -f, or choose another disk",
  },
  EROFS: { found: "a read-only file system", next: "choose another --out" },
  EMFILE: { found: "too many open files", next: "raise ulimit -n" },
};

/** No room: exit 3, as the input was right. */
const NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** A failed system call as an error for people; any other error as it is. */
export function ioError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && "code" in error && "syscall" in error && typeof error.code === "string"))
    return error;
  const cause = causes[error.code] ?? { found: error.message, next: "check the path and the disk" };
  const parts = { where: path, ...cause };
  return NO_ROOM.has(error.code) ? incomplete(parts) : new UnbatchError(parts);
}
