// Every *.txtar beside this file: commands, then their expected output.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fits, type Ran, readArchive, readScript, runLine, scriptOf, unpack, writeArchive } from "./script.ts";

const here = dirname(fileURLToPath(import.meta.url));
const update = process.env["UPDATE"] === "1";

describe("command scripts", () => {
  for (const name of readdirSync(here).filter((file) => file.endsWith(".txtar"))) {
    const archive = readArchive(readFileSync(join(here, name), "utf8"));
    it(`${name}: ${archive.about}`, { timeout: 240_000 }, async () => {
      const script = archive.files.find((file) => file.name === "script");
      const { folder, remove } = unpack(archive.files.filter((file) => file !== script));
      try {
        const commands = readScript(script?.text ?? "");
        expect(commands.length).toBeGreaterThan(0);
        const ran: Ran[] = [];
        for (const { line } of commands) ran.push(await runLine(line, folder));
        // Our own mistakes never become an expected output.
        for (const { line, lines } of ran) expect(lines.join("\n"), line).not.toContain("a mistake of writ");
        if (update) {
          const files = archive.files.map((file) =>
            file === script ? { ...file, text: scriptOf(commands, ran) } : file,
          );
          writeFileSync(join(here, name), writeArchive({ ...archive, files }));
          return;
        }
        commands.forEach(({ line, expected, code }, at) => {
          const { lines, code: got } = ran[at] as Ran;
          if (!fits(expected, lines)) expect.soft(lines.join("\n"), line).toBe(expected.join("\n"));
          expect.soft(got, `exit code of ${line}`).toBe(code);
        });
      } finally {
        remove();
      }
    });
  }
});
