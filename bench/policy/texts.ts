// The policies of the comparison as files: one text for each language, the same meaning.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Of this repository, also when the code runs from `dist`. */
export function fileOf(name: string): Uint8Array {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      return readFileSync(join(folder, "bench/policy/texts", name));
    } catch {
      if (folder === dirname(folder)) throw new Error(`bench/policy/texts/${name} is not there`);
      folder = dirname(folder);
    }
  }
}

export const textOf = (name: string): string => new TextDecoder().decode(fileOf(name));
