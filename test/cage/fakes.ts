// A gate that allows what a function says, and remembers what it was told; an upstream that remembers what reached it; raw connections.
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcp, type Socket, type Server as TcpServer } from "node:net";
import { pino } from "pino";
import type {
  Decision,
  Facts,
  Gate,
  Obligation,
  Outcome,
  PlainRecord,
  Point,
  Recorded,
  RecordId,
} from "../../cage/point.ts";
import { type Cage, type CageOptions, startCage } from "../../cage/proxy/index.ts";
import type { LedgerError } from "../../ledger/errors.ts";

export interface Told {
  readonly asked: { readonly point: Point; readonly facts: Facts }[];
  readonly intents: { readonly decisions: readonly Decision[]; readonly facts: Facts }[];
  readonly completed: { readonly intent: RecordId; readonly outcome: Outcome }[];
  readonly notes: { readonly kind: string; readonly body: PlainRecord }[];
}

export interface FakeGate extends Gate, Told {
  down: boolean;
}

const LOOPBACK: Obligation = { name: "reach", args: { classes: ["loopback"] }, rules: ["near"] };

/** `answer`: null denies, a list allows with these obligations. Loopback is reachable unless the list says otherwise. */
export function fakeGate(
  answer: (point: Point, facts: Facts) => readonly Obligation[] | null = () => [],
  points: readonly Point[] = [],
): FakeGate {
  let index = 0;
  const record = async (): Promise<RecordId> => {
    await new Promise((done) => setImmediate(done));
    if (gate.down) throw new Error("the disk is full");
    index++;
    return { index, leaf: index.toString(16).padStart(64, "0") };
  };
  const gate: FakeGate = {
    asked: [],
    intents: [],
    completed: [],
    notes: [],
    down: false,
    asks: (point) => points.includes(point),
    ask(point, facts) {
      gate.asked.push({ point, facts });
      const said = answer(point, facts);
      return {
        point,
        allowed: said !== null,
        reason: said === null ? "denied" : "allowed",
        detail: null,
        rules: said === null ? [] : ["near"],
        obligations: said === null ? [] : [LOOPBACK, ...said],
        labels: {},
        shadow: [],
        module: "00",
        input: {},
        answer: null,
      };
    },
    intent(decided, facts, done) {
      tell(done, async () => {
        const id = await record();
        gate.intents.push({ decisions: Array.isArray(decided) ? [...decided] : [decided as Decision], facts });
        return id;
      });
    },
    complete(intent, outcome, done) {
      tell(done, async () => {
        const id = await record();
        gate.completed.push({ intent, outcome });
        return id;
      });
    },
    async note(kind, body) {
      const id = await record();
      gate.notes.push({ kind, body });
      return id;
    },
  };
  return gate;
}

/** As a gate tells what became of a record. */
export const tell = (done: Recorded, work: () => Promise<RecordId>): void =>
  void work().then(
    (id) => done(null, id),
    (error: LedgerError) => done(error, null),
  );

const closing: (() => Promise<unknown> | unknown)[] = [];
/** Closes all that was opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}
export const afterwards = (close: () => Promise<unknown> | unknown): void => void closing.push(close);

const portOf = (server: TcpServer): number => (server.address() as AddressInfo).port;

export interface Seen {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly requests: { readonly head: string; readonly raw: readonly string[]; readonly body: Buffer }[];
}

/** An upstream whose handler answers after the whole body has come. */
export async function upstream(
  answer: (request: IncomingMessage, response: Parameters<RequestListener>[1], body: Buffer) => void = (_, response) =>
    void response.end("hello"),
): Promise<Seen> {
  const requests: { head: string; raw: readonly string[]; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    try {
      const body = Buffer.concat(await request.toArray());
      requests.push({ head: `${request.method} ${request.url}`, raw: request.rawHeaders, body });
      answer(request, response, body);
    } catch {
      // The request was cut.
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, port: portOf(server), server, requests };
}

/** An upstream of bytes. */
export async function rawUpstream(
  serve: (socket: Socket) => void,
): Promise<{ readonly url: string; readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, port: portOf(server) };
}

export const QUIET = pino({ level: "silent" });

/** A cage with one egress and one ingress port, both free ones. */
export async function cage(
  gate: Gate,
  options: Partial<CageOptions> = {},
): Promise<Cage & { readonly port: number; readonly inPort: number }> {
  const place = { at: { host: "127.0.0.1", port: 0 }, caller: null };
  const started = await startCage({ gate, log: QUIET, egress: [place], ingress: [place], ...options });
  afterwards(() => started.close());
  const port = (url: string | undefined): number => Number(/:(\d+)$/.exec(url ?? "")?.[1] ?? 0);
  return { ...started, port: port(started.egress[0]), inPort: port(started.ingress[0]) };
}

export interface RawAnswer {
  readonly text: string;
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes, and reads until the other side closes or `until` is in what came. */
export async function raw(
  port: number,
  bytes: string | readonly string[],
  {
    until,
    path,
    waitMs = 5_000,
  }: { readonly until?: string | RegExp; readonly path?: string; readonly waitMs?: number } = {},
): Promise<RawAnswer> {
  const socket = path === undefined ? connect(port, "127.0.0.1") : connect(path);
  let text = "";
  await new Promise<void>((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`no end after ${JSON.stringify(text)}`)), waitMs);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      done();
    };
    socket.on("data", (part) => {
      text += part.toString("latin1");
      if (until !== undefined && (typeof until === "string" ? text.includes(until) : until.test(text))) end();
    });
    socket.on("close", end);
    socket.on("error", () => undefined);
    socket.on("connect", async () => {
      for (const part of typeof bytes === "string" ? [bytes] : bytes) {
        socket.write(part, "latin1");
        await new Promise((next) => setTimeout(next, 5));
      }
    });
  });
  return parts(text);
}

export function parts(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  return {
    text,
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
    head: end < 0 ? text : text.slice(0, end),
    body: end < 0 ? "" : text.slice(end + 4),
  };
}

/** A request in absolute form, closing the connection. */
export const get = (url: string, more = "", method = "GET"): string =>
  `${method} ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n${more}\r\n`;

/** Waits until it is so. */
export async function until(so: () => boolean | Promise<boolean>, waitMs = 5_000): Promise<void> {
  const end = Date.now() + waitMs;
  while (!(await so())) {
    if (Date.now() > end) throw new Error("it did not come to be");
    await new Promise((next) => setTimeout(next, 2));
  }
}
