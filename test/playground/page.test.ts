// The page of the playground in a real browser, served by the command as a user starts it.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, type Page } from "../cage/browser.ts";
import { closeAll } from "../cage/fakes.ts";

const root = join(import.meta.dirname, "../..");
const POLICY = `policy: notes
on: {user: text, act: text, owner: text}
rules:
  - allow: owners do anything
    when: user == owner
  - allow: anyone reads
    match: {act: read}
  - deny: nobody burns
    match: {act: burn}
tests:
  reading:
    input: {user: ada, act: read, owner: bob}
    expect: allow
  burning:
    input: {user: ada, act: burn, owner: ada}
    expect: deny
`;

const end: (() => void)[] = [];
afterAll(() => {
  for (const each of end.reverse()) each();
});

/** The command, and the address that it prints. */
async function start(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), "playground", "--port", "0", ...args]);
  end.push(() => void child.kill("SIGKILL"));
  return new Promise((done, fail) => {
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part) => {
        said += part;
        const at = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
        if (at !== undefined) done(at);
      });
    child.once("exit", () => fail(new Error(`it ended: ${said}`)));
  });
}

const folder = mkdtempSync(join(tmpdir(), "writ-playground-"));
end.push(() => rmSync(folder, { recursive: true }));
const file = join(folder, "notes.yaml");
writeFileSync(file, POLICY);

let address: string;
beforeAll(async () => {
  address = await start(file);
});

describe("the server", () => {
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, address), init);
  it("gives the page and the document, as it is at the moment", async () => {
    const page = await get("/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toBe("frame-ancestors 'none'");
    expect(await (await get("/document.json")).json()).toEqual({ name: "notes.yaml", text: POLICY });
    writeFileSync(file, "changed");
    expect(await (await get("/document.json")).json()).toEqual({ name: "notes.yaml", text: "changed" });
    writeFileSync(file, POLICY);
  });
  it("gives nothing else", async () => {
    for (const path of ["/package.json", "/../cli/main.js", "/..%2f..%2fpackage.json", "/assets/", "/x"])
      expect((await get(path)).status, path).toBe(404);
    expect((await get("/", { method: "POST" })).status).toBe(405);
  });
  it("gives the document to no page of another name", async () => {
    const status = await new Promise((done) => {
      const asked = request(new URL("/document.json", address), { headers: { host: "rebound.example" } }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      asked.end();
    });
    expect(status).toBe(421);
  });
});

describe("the page", () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage(address);
    await page.send("Emulation.setDeviceMetricsOverride", {
      width: 1300,
      height: 850,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await page.until("document.querySelector('#status').textContent.startsWith('policy')");
  });
  afterAll(closeAll);

  const shot = async (name: string): Promise<void> => {
    if (process.env.SHOTS === undefined) return;
    const { data } = await page.send("Page.captureScreenshot");
    writeFileSync(join(process.env.SHOTS, `${name}.png`), Buffer.from(data as string, "base64"));
  };
  const has = (text: string): Promise<void> =>
    page.until(`document.querySelector('#panel').innerText.includes(${JSON.stringify(text)})`);
  const tab = (name: string): Promise<void> => page.value(`document.querySelector('[data-tab=${name}]').click()`);
  const click = (name: string): Promise<void> => page.value(`document.querySelector('#${name}').click()`);
  /** Types at the end of the document. */
  const type = async (text: string): Promise<void> => {
    await page.value("document.querySelector('.monaco-editor textarea, .native-edit-context').focus()");
    for (const key of ["End"]) {
      const parameters = { key, code: key, windowsVirtualKeyCode: 35, modifiers: 2 };
      await page.send("Input.dispatchKeyEvent", { type: "keyDown", ...parameters });
      await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...parameters });
    }
    await page.send("Input.insertText", { text });
  };

  it("shows the document, and that nothing is wrong with it", async () => {
    await has("Nothing is wrong with this document.");
    expect(await page.value("document.querySelector('#status').textContent")).toBe(
      "policy notes: 0 errors, 0 warnings",
    );
    await shot("problems");
  });
  it("runs its tests", async () => {
    await tab("tests");
    await has("2 passed, 0 failed");
    await shot("tests");
  });
  it("decides, explains, and shows what would give the other answer", async () => {
    await tab("decide");
    await has("why not deny: act");
    await has("anyone reads line 6 decides");
    await page.value(`(() => {
      const input = document.querySelector('#panel textarea');
      input.value = '{"user": "ada", "act": "burn", "owner": "ada"}';
      input.dispatchEvent(new Event('input'));
    })()`);
    await has("nobody burns line 8 decides");
    await shot("decide");
  });
  it("shows bytecode and cost", async () => {
    await tab("code");
    await has("eq r3 r1 r2");
    await shot("code");
  });
  it("says what is wrong while one types, with what to do", async () => {
    await tab("problems");
    await type("testz: {}\n");
    await has("lang/unknown-key");
    await has("tests");
    await page.until("document.querySelectorAll('.squiggly-error').length > 0");
    await shot("wrong");
    await page.value("document.querySelector('#panel .place').click()");
  });
  it("offers what may stand there", async () => {
    await type("");
    for (const key of ["d", "e"]) {
      const parameters = {
        key,
        code: `Key${key.toUpperCase()}`,
        windowsVirtualKeyCode: key.toUpperCase().charCodeAt(0),
      };
      await page.send("Input.dispatchKeyEvent", { type: "keyDown", text: key, ...parameters });
      await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...parameters });
    }
    await page.until("document.querySelector('.suggest-widget.visible')?.innerText.includes('default')");
    await shot("offers");
    await shot("offers");
    const away = { key: "Escape", code: "Escape", windowsVirtualKeyCode: 27 };
    await page.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...away });
  });
  it("shares the text in the address, and opens it from there", async () => {
    await click("share");
    await page.until("location.hash.startsWith('#text=')");
    const shared = await page.value<string>("location.href");
    // Another server, that has no document.
    const other = await openPage(shared.replace(address, await start()));
    await other.until("document.querySelector('#panel')?.innerText.includes('lang/unknown-key')");
    expect(other.complaints).toEqual([]);
  });
  it("had nothing to complain of, and asked nobody else", () => {
    expect(page.complaints).toEqual([]);
    const html = readFileSync(join(root, "dist/playground/index.html"), "utf8");
    expect(html).toContain("connect-src 'self'");
    expect(html).not.toMatch(/https?:/);
  });
});
