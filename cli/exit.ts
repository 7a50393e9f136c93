// Exit codes, and the errors that carry them.

/** `no`: the command worked and the answer is no (diagnostics, a failed test, a bad proof). `trouble`: it could not be
 *  asked: wrong usage, or the world failed (a missing file, no permission, no server). */
export const EXIT = { ok: 0, no: 1, trouble: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One sentence for a person, and what to do. Never shown with a stack. */
export class UsageError extends Error {
  readonly help: string | null;
  constructor(message: string, help: string | null = null) {
    super(message);
    this.name = "UsageError";
    this.help = help;
  }
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder, not a file",
  ENOTDIR: "a part of the path is a file, not a folder",
  EACCES: "you may not read or write it",
  EPERM: "you may not do that to it",
  EEXIST: "it exists already",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "it links to itself",
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this machine has no such address",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the other side closed the connection",
  ENOTFOUND: "there is no host of that name",
  ETIMEDOUT: "it did not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "it did not answer in time",
};

/** A sentence for an error of the system: `cannot read x.yaml: there is no such file or folder`. */
export function worldError(doing: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  let at: unknown = error;
  let deepest = error;
  for (let depth = 0; depth < 4 && at instanceof Error; depth++) {
    const { code, syscall, address, port } = at as NodeJS.ErrnoException & { address?: string; port?: number };
    if (code !== undefined && SYSTEM[code] !== undefined) {
      // Who connects has named the place; of several places to listen only the system knows which one it was.
      const place = syscall !== "listen" ? "" : port === undefined ? ` (${address})` : ` (${address}:${port})`;
      return new UsageError(`cannot ${doing}: ${SYSTEM[code]}${place}`);
    }
    deepest = at;
    at = at.cause;
  }
  return new UsageError(`cannot ${doing}: ${deepest instanceof Error ? deepest.message : String(deepest)}`);
}
