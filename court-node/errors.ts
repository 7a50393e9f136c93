// How the world can fail the court node outside a request: keys, configuration, the port. The ledger's own errors pass
// through as they are; what a request gets is in protocol/problem.ts.

const HELP = {
  "court/key-missing": "Make one with `writ keys new <file>`.",
  "court/key-exists": "Choose another name, or remove the file if its key is no longer needed.",
  "court/key-unwritable": "Choose a folder you may write to.",
  "court/key-malformed": "Use a file that `writ keys new` made.",
  "court/key-open": "Take the right to read from others: `chmod 600`. If somebody may have read it, make a new key.",
  "court/port-in-use": "Stop the other program, or choose another port.",
  "court/bad-configuration": "Compare it with `writ serve --help`.",
  "court/bad-bundle": "Get the bundle again from the court; it is one file.",
} as const;

export type CourtErrorCode = keyof typeof HELP;

export class CourtError extends Error {
  override readonly name = "CourtError";
  readonly code: CourtErrorCode;
  readonly help: string;
  constructor(code: CourtErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.help = HELP[code];
  }
}
