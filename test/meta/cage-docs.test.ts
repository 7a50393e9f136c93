// docs/cage.md: its programs run, and it lists every problem of signatures as the table in the code has them. `UPDATE=1` writes the list.

import * as crypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import * as client from "../../cage/client/index.ts";
import * as signature from "../../cage/signature/index.ts";

const file = new URL("../../docs/cage.md", import.meta.url);
const MARK = "<!-- problems: made from cage/signature/problems.ts; test/meta/cage-docs.test.ts holds them equal -->";

it("the problems of docs/cage.md are those of the code", () => {
  const text = readFileSync(file, "utf8");
  const rows = Object.entries(signature.SIGNATURE_PROBLEMS).map(
    ([word, [what, help]]) => `| \`${word}\` | ${what} | ${help} |`,
  );
  const expected = `${text.slice(0, text.indexOf(MARK))}${MARK}\n\n| word | what | what to do |\n|---|---|---|\n${rows.join("\n")}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(file, expected);
  else expect(text).toBe(expected);
});

const problemTexts = (word: signature.SignatureWord) => ({
  detail: signature.SIGNATURE_PROBLEMS[word][0],
  help: signature.SIGNATURE_PROBLEMS[word][1],
});

/** A program of the page, with what it imports handed in; the names it declares last are what it gives back. */
async function run(code: string, given: object, back: string): Promise<unknown> {
  const modules = {
    "node:http": http,
    "node:crypto": crypto,
    "writ/cage/client": client,
    "writ/cage/signature": signature,
  };
  const body = code.replace(/^import (\{[^}]*\}) from ("[^"]+");/gm, "const $1 = modules[$2];");
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const names = Object.keys(given);
  return new AsyncFunction("modules", ...names, `${body}\nreturn ${back};`)(modules, ...Object.values(given));
}

it("the programs of docs/cage.md understand each other", async () => {
  const [serve, ask] = [...readFileSync(file, "utf8").matchAll(/```js\n([\s\S]*?)```/g)].map(
    (match) => match[1] as string,
  );
  const pair = crypto.generateKeyPairSync("ed25519");
  const process = { env: { PARTNER_DID: signature.didOf(pair.publicKey) } };
  const server = (await run(serve as string, { process }, "server")) as http.Server;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await run(ask as string, { origin }, "verdict")).toEqual({
      problem: {
        problem: "unknown-key",
        at: "signature-input sig1 keyid",
        ...problemTexts("unknown-key"),
      },
    });
    const own = (ask as string).replace(/^const \{ privateKey \} = .*$/m, "");
    expect(await run(own, { origin, privateKey: pair.privateKey }, "verdict")).toMatchObject({
      verified: {
        keyId: process.env.PARTNER_DID,
        covered: ['"@method"', '"@target-uri"', '"content-digest"', '"content-type"'],
      },
    });
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});
