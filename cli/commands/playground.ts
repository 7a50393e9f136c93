// `writ playground`: the page of playground/ on loopback, with a document in it.
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import type { Command } from "commander";
import { fromUtf8 } from "../../core/index.ts";
import { EXIT, type ExitCode, UsageError, worldError } from "../exit.ts";
import { readSource } from "../files.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";
import { portOf } from "../port.ts";
import { clean, paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";
import { stopped } from "./serve.ts";

interface Options {
  readonly port?: string;
}

const DEFAULT_PORT = 8190;

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .argument("[file]", "an agreement, a policy or a module in YAML, shown when the page opens")
    .option("--port <port>", `port on this machine, 0 for any free one (default: ${DEFAULT_PORT})`)
    .addHelpText(
      "after",
      `
Examples:
  writ playground                 an editor in the browser, with examples
  writ playground policy.yaml     the same with a document of yours

The compiler runs in the page: what is wrong while you type, tests, a decision explained, the bytecode. Nothing leaves the browser, and the file
is read and never written: take the text with Download. A document in CUE is for writ check --watch. Ctrl-c ends it.`,
    )
    .action((file: string | undefined, options: Options) => run((io) => playground(io, file, options)));
}

async function playground(io: Io, file: string | undefined, options: Options): Promise<ExitCode> {
  if (file !== undefined && /\.cue$/i.test(file))
    throw new UsageError("the playground reads YAML, not CUE", `writ convert ${clean(file)}, or writ check --watch`);
  const document = file === undefined ? null : (): Promise<string> => documentJson(io, file);
  // Said now and not in the page.
  await document?.();
  const server = createServer(answering(pageFiles(), document));
  const port = await listen(server, portOf(options.port, DEFAULT_PORT));
  io.out(`playground  ${paintFor(io).accent(`http://127.0.0.1:${port}/`)}\n`);
  if (file !== undefined) io.out(`document    ${clean(file)}\n`);
  io.out("ctrl-c ends it\n");
  await stopped(io.stop);
  server.closeAllConnections();
  server.close();
  return EXIT.ok;
}

async function documentJson(io: Io, file: string): Promise<string> {
  const { name, text } = await readSource(io, file);
  const read = fromUtf8(text);
  if (read === undefined) throw new UsageError(`${clean(name)} is not UTF-8`);
  return JSON.stringify({ name: basename(name), text: read });
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".ttf": "font/ttf",
  ".LICENSE": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

/** Paths of the page and their files: nothing else is ever read. */
function pageFiles(): ReadonlyMap<string, string> {
  const folder = join(packageRoot(), "dist", "playground");
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => extname(name) !== "");
    return new Map(names.map((name) => [`/${name.replaceAll("\\", "/")}`, join(folder, name)]));
  } catch {
    throw new UsageError("the page of the playground is not built", "npm run build makes it");
  }
}

const answering =
  (files: ReadonlyMap<string, string>, document: (() => Promise<string>) | null) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const end = (status: number, type: string, body: string | Buffer): void => {
      response.writeHead(status, {
        "content-type": type,
        "content-length": Buffer.byteLength(body),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-security-policy": "frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
      });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const text = "text/plain; charset=utf-8";
    // A page of another name that was pointed at this machine would read the document.
    if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? ""))
      return end(421, text, "this server is http://127.0.0.1\n");
    if (request.method !== "GET" && request.method !== "HEAD") return end(405, text, "GET only\n");
    const path = (request.url ?? "/").split(/[?#]/)[0] as string;
    if (path === "/document.json") {
      (document?.() ?? Promise.resolve("null")).then(
        (json) => end(200, "application/json; charset=utf-8", json),
        (error: Error) => end(500, text, `${error.message}\n`),
      );
      return;
    }
    const file = files.get(path === "/" ? "/index.html" : path);
    if (file === undefined) return end(404, text, "there is no such page\n");
    end(200, TYPES[extname(file)] ?? "application/octet-stream", readFileSync(file));
  };

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", done);
  }).catch((error) => {
    throw worldError("start the playground", error);
  });
  return (server.address() as AddressInfo).port;
}
