// The version of this package, from its package.json: beside the sources, or one folder up from dist/.
import { readFileSync } from "node:fs";

export function version(): string {
  for (const path of ["../package.json", "../../package.json"])
    try {
      const read = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
        name: string;
        version: string;
      };
      if (read.name === "writ") return read.version;
    } catch {
      // Not here: one folder up.
    }
  return "0.0.0";
}
