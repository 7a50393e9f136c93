// Assertions are for our own mistakes only: what an author, a peer or the world does wrong is a diagnostic, a fault or an error.

export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Ends with our own mistake when the condition does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Stands where the types say nothing can arrive. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
