// The one place where text becomes code. The text is written by translate.ts from verified bytecode and holds nothing of a
// module but numbers and quoted texts. Where the host forbids code from text, there is no code and the interpreter runs.
import { LEFT, type Runtime } from "./runtime.ts";

/** What a text gives when it is run with the names of the runtime, or null when the host does not allow or take it. */
export function link(source: string, runtime: Runtime): unknown {
  try {
    return new Function(...Object.keys(runtime), source)(...Object.values(runtime));
  } catch {
    return null;
  }
}

export { LEFT };
