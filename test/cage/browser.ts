// A real Chromium without a screen, driven over its debugging protocol. Source: chromedevtools.github.io/devtools-protocol.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "undici";
import { afterwards } from "./fakes.ts";

export const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

/** How long a page may take for anything: a busy machine is slow, and a page that hangs is to be told by what it shows. */
const UNTIL_MS = 60_000;

type Result = Readonly<Record<string, unknown>>;

export interface Page {
  send(method: string, params?: object): Promise<Result>;
  /** What an expression comes to in the page, awaited. */
  value<T>(expression: string): Promise<T>;
  /** Leaves for another place, or loads this one again; what was there is gone when it resolves. */
  go(url: string): Promise<void>;
  /** Waits until an expression is true. */
  until(expression: string): Promise<void>;
  /** What the page or its console has complained of. */
  readonly complaints: readonly string[];
}

/** Opens a page, closed with the others of the test. */
export async function openPage(url: string): Promise<Page> {
  if (chromium === undefined) throw new Error("this test needs a browser: run scripts/system-packages.sh as root");
  const folder = mkdtempSync(join(tmpdir(), "writ-browser-"));
  const child = spawn(
    chromium,
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"],
      ...["--remote-debugging-port=0", `--user-data-dir=${folder}`, "--window-size=900,900", "about:blank"],
    ],
    // In a group of its own: its parts end with it, and none still writes into the folder.
    { stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  afterwards(async () => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  const place = await new Promise<string>((found, failed) => {
    let said = "";
    child.stderr.on("data", (part) => {
      said += part;
      const at = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (at !== undefined) found(at);
    });
    child.once("exit", () => failed(new Error(`the browser ended: ${said}`)));
  });
  const socket = new WebSocket(place);
  const waiting = new Map<number, { done: (result: Result) => void; failed: (error: Error) => void }>();
  const complaints: string[] = [];
  let loaded: () => void = () => undefined;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(String(data)) as {
      readonly id?: number;
      readonly result?: Result;
      readonly error?: { readonly message: string };
      readonly method?: string;
      readonly params?: Result;
    };
    if (id !== undefined && error !== undefined) waiting.get(id)?.failed(new Error(error.message));
    else if (id !== undefined) waiting.get(id)?.done(result ?? {});
    else if (method === "Log.entryAdded" || method === "Runtime.exceptionThrown")
      complaints.push(JSON.stringify(params));
    else if (method === "Page.loadEventFired") loaded();
  });
  await new Promise<void>((open) => socket.addEventListener("open", () => open()));
  afterwards(() => socket.close());
  let count = 0;
  const call = (method: string, params: object = {}, sessionId?: string): Promise<Result> =>
    new Promise((done, failed) => {
      waiting.set(++count, { done, failed });
      socket.send(JSON.stringify({ id: count, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    });
  const { targetInfos } = await call("Target.getTargets");
  const { targetId } = (targetInfos as readonly { readonly type: string; readonly targetId: string }[]).find(
    ({ type }) => type === "page",
  )!;
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const send = (method: string, params?: object): Promise<Result> => call(method, params, sessionId as string);
  const value = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value: T }).value;
  };
  await Promise.all([send("Page.enable"), send("Runtime.enable"), send("Log.enable"), send("WebAuthn.enable")]);
  const go = async (to: string): Promise<void> => {
    const done = new Promise<void>((next) => {
      loaded = next;
    });
    const { errorText } = await send("Page.navigate", { url: to });
    if (errorText !== undefined) throw new Error(`${to}: ${String(errorText)}`);
    await done;
  };
  await go(url);
  return {
    send,
    value,
    go,
    until: async (expression) => {
      for (const end = performance.now() + UNTIL_MS; performance.now() < end; ) {
        if ((await value<boolean>(`!!(${expression})`)) === true) return;
        await new Promise((next) => setTimeout(next, 20));
      }
      throw new Error(`it never came: ${expression}; the page says ${await value<string>("document.body.innerText")}`);
    },
    complaints,
  };
}
