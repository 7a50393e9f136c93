// The proxies that are compared, each a process of its own on the same core, set up to do no more than it must: no caches, no logs.
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_FLAGS, startCageProcess } from "../../scripts/cage-process.ts";
import { endLater, freePort, said, start } from "./machine.ts";

export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** A forward proxy takes whole URLs, a reverse proxy paths. */
  readonly form: "absolute" | "path";
}

/** About as much as an answer of an API has. */
export const BODY = JSON.stringify({
  items: Array.from({ length: 20 }, (_, at) => ({ id: at, name: `item ${at}`, price: "10.00 EUR" })),
});

export const scriptOf = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

export async function startUpstream(folder: string): Promise<{ readonly port: number }> {
  const port = await freePort();
  await nginx(folder, {
    name: "upstream",
    core: 1,
    port,
    location: `default_type application/json; return 200 '${BODY}';`,
  });
  return { port };
}

export async function startNginx(folder: string, upstream: number): Promise<Peer> {
  const port = await freePort();
  const process = await nginx(folder, {
    name: "nginx",
    core: 0,
    port,
    location:
      'proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;',
    more: `upstream up { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; }`,
  });
  return { name: "nginx", port, process, form: "path" };
}

/** `tls`: files of a certificate; sessions are not taken up again, so each handshake is a whole one. */
export async function nginx(
  folder: string,
  {
    name,
    core,
    port,
    location,
    more = "",
    tls = null,
  }: {
    readonly name: string;
    readonly core: 0 | 1;
    readonly port: number;
    readonly location: string;
    readonly more?: string;
    readonly tls?: { readonly chain: string; readonly key: string } | null;
  },
): Promise<ChildProcess> {
  const home = homeOf(folder, name);
  const server =
    tls === null
      ? ""
      : `ssl_certificate ${tls.chain}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off; ssl_session_cache off;`;
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${home}/${kind};`)
    .join(" ");
  writeFileSync(
    join(home, "nginx.conf"),
    `daemon off; master_process off; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600s; server_tokens off; ${paths}
${more}
server { listen 127.0.0.1:${port}${tls === null ? "" : " ssl"}; ${server} location / { ${location} } } }
`,
  );
  const child = start(core, ["nginx", "-p", home, "-c", join(home, "nginx.conf"), "-e", join(home, "error.log")]);
  await listens(port, child);
  return child;
}

export async function startHaproxy(folder: string, upstream: number): Promise<Peer> {
  const port = await freePort();
  const home = homeOf(folder, "haproxy");
  writeFileSync(
    join(home, "haproxy.cfg"),
    `global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  default_backend up
backend up
  server up 127.0.0.1:${upstream} maxconn 512
`,
  );
  const process = start(0, ["haproxy", "-db", "-f", join(home, "haproxy.cfg")]);
  await listens(port, process);
  return { name: "haproxy", port, process, form: "path" };
}

export async function startSquid(folder: string): Promise<Peer> {
  const port = await freePort();
  const home = homeOf(folder, "squid");
  writeFileSync(
    join(home, "squid.conf"),
    `http_port 127.0.0.1:${port}
http_access allow all
cache deny all
cache_mem 0
access_log none
cache_log ${home}/cache.log
cache_store_log none
pid_filename ${home}/pid
coredump_dir ${home}
via off
forwarded_for delete
shutdown_lifetime 0 seconds
`,
  );
  const process = start(0, ["squid", "-N", "-f", join(home, "squid.conf")]);
  await listens(port, process);
  return { name: "squid", port, process, form: "absolute" };
}

/** What any forwarder in Node costs: its server, undici, and nothing else. */
export async function startBare(): Promise<Peer> {
  const process = start(0, [globalThis.process.execPath, ...NODE_FLAGS, scriptOf("forward")]);
  const port = Number(await said(process, /listens on (\d+)/));
  return { name: "bare undici", port, process, form: "absolute" };
}

/** As `writ cage` starts it. */
export async function startWholeCage(
  folder: string,
  { durable, name }: { readonly durable: boolean; readonly name: string },
): Promise<Peer> {
  const home = homeOf(folder, durable ? "cage-durable" : "cage");
  const cage = await startCageProcess({ home, durable, before: ["taskset", "--cpu-list", "0"] });
  endLater(cage.process);
  return { name, port: cage.port, process: cage.process, form: "absolute" };
}

function homeOf(folder: string, name: string): string {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  // Squid gives up root's rights and still writes here.
  chmodSync(home, 0o777);
  return home;
}

async function listens(port: number, child: ChildProcess): Promise<void> {
  let err = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data) => {
      err += data;
    });
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}: ${err}`);
    if (await connects(port)) return;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  throw new Error(`${child.spawnargs.join(" ")} does not listen: ${err}`);
}

const connects = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
