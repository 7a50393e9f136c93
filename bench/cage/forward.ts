// A forward proxy of Node's server and undici, and nothing else: no check, no policy, no record. What the cage is measured against.
import { createServer } from "node:http";
import { type Dispatcher, Pool } from "undici";

const pools = new Map<string, Pool>();

const server = createServer((request, response) => {
  const url = new URL(request.url as string);
  let pool = pools.get(url.origin);
  if (pool === undefined) {
    pool = new Pool(url.origin, { connections: 128, pipelining: 1 });
    pools.set(url.origin, pool);
  }
  const raw = request.rawHeaders;
  const headers: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    if (name !== "connection" && name !== "keep-alive") headers.push(raw[at] as string, raw[at + 1] as string);
  }
  const body = request.headers["content-length"] === undefined && request.headers["transfer-encoding"] === undefined;
  const handler: Dispatcher.DispatchHandler = {
    onConnect: () => undefined,
    onHeaders(status, fields) {
      const kept: string[] = [];
      for (let at = 0; at < fields.length; at += 2) {
        const name = (fields[at] as Buffer).toString("latin1");
        if (!/^(?:connection|keep-alive|transfer-encoding)$/i.test(name))
          kept.push(name, (fields[at + 1] as Buffer).toString("latin1"));
      }
      response.writeHead(status, kept);
      return true;
    },
    onData: (part) => response.write(part),
    onComplete: () => void response.end(),
    onError: () => void response.destroy(),
  };
  pool.dispatch(
    {
      path: url.pathname + url.search,
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body: body ? null : request,
    },
    handler,
  );
});
server.listen(0, "127.0.0.1", () =>
  process.stdout.write(`listens on ${(server.address() as { port: number }).port}\n`),
);
