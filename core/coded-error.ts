// An error that says what to do: a code that control flow reads, a sentence, and help.

export class CodedError<Code extends string> extends Error {
  readonly code: Code;
  /** What to do; empty where nothing is known to help. */
  readonly help: string;
  constructor(
    { code, message, help }: { readonly code: Code; readonly message: string; readonly help: string },
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.help = help;
  }
}
