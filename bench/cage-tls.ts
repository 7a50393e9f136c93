// What TLS costs at both ends of the cage, beside nginx with the same certificate on the same core: callers who come by TLS, over kept
// connections and with a handshake for each request, and upstreams that are asked by TLS. The cage decides and records as ever. No goals.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAuthority, makeLeaf } from "../cage/tls/certificates.ts";
import { startCageProcess } from "../scripts/cage-process.ts";
import { type LoadOptions, load, type Measured, warmUp } from "./cage/load.ts";
import { assertMachine, endLater, freePort, stopAll } from "./cage/machine.ts";
import { BODY, nginx, type Peer, startUpstream } from "./cage/peers.ts";
import { median } from "./measure.ts";
import { type Row, rowOf } from "./row.ts";

const ROUNDS = 3;
/** Each kind of load warms what the one before it did not. */
const WARM_SECONDS = 2;
const HOST = "localhost";

const row = rowOf("cage-tls");
const middle = (values: readonly number[]): number => median(values) as number;

/** As many rules as the benchmark of the cage has. */
const POLICY = `policy: trial
on: http.request
rules:
  - allow: callers from outside
    match: {direction: ingress, host: ${HOST}, at: request}
    then: {route: {to: web}}
  - allow: an upstream that speaks TLS
    match: {direction: egress, host: ${HOST}, at: request, port: {min: 1024}}
    then: {reach: {classes: [loopback]}}
${Array.from(
  { length: 63 },
  (_, at) => `  - allow: service ${at}
    match: {host: service-${at}.example, method: [GET, POST], path: {under: /v${at % 7}}}
`,
).join("")}`;

interface Files {
  readonly root: string;
  readonly chain: string;
  readonly key: string;
}

/** One authority, one certificate, of P-256: what most servers have today. */
async function certificate(folder: string): Promise<Files> {
  const now = new Date();
  const made = await makeAuthority({ hosts: [HOST], now, days: 1 });
  const authority = { certificate: new X509Certificate(made.certificate).raw, key: createPrivateKey(made.key) };
  const leaf = await makeLeaf({ host: HOST, now, authority });
  const files = { root: join(folder, "root.pem"), chain: join(folder, "chain.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.root, made.certificate);
  writeFileSync(files.chain, leaf.certificate);
  writeFileSync(files.key, leaf.key, { mode: 0o600 });
  return files;
}

type Measure = Pick<LoadOptions, "connections" | "seconds" | "origin" | "tls" | "fresh">;

export async function run(): Promise<Row[]> {
  assertMachine();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const folder = mkdtempSync(join(tmpdir(), "writ-bench-cage-tls-"));
  try {
    const files = await certificate(folder);
    const plain = await startUpstream(folder);
    const secured = await freePort();
    const answer = `default_type application/json; return 200 '${BODY}';`;
    await nginx(folder, { name: "secured", core: 1, port: secured, location: answer, tls: files });
    const inside = await cage(folder, files, plain.port);
    const peers = {
      in: { cage: inside.ingress, nginx: await nginxIn(folder, files, plain.port) },
      out: { cage: inside.egress, nginx: await nginxOut(folder, files, secured) },
    };
    // The ports differ, the name must be that of the certificate.
    const outside = (peer: Peer): string => `https://${HOST}:${peer.port}`;
    const rows: Row[] = [];
    const compare = async (name: string, unit: string, pair: Pair, how: (peer: Peer) => Measure): Promise<void> => {
      rows.push(...(await compared(name, unit, { pair, how, folder, upstream: plain.port })));
    };
    await compare("callers by TLS, 16 kept connections", "requests/s", peers.in, (peer) => ({
      ...{ connections: 16, seconds: 2, tls: true },
      origin: outside(peer),
    }));
    await compare("callers by TLS, a handshake each", "handshakes/s", peers.in, (peer) => ({
      ...{ connections: 16, seconds: 1, tls: true, fresh: true },
      origin: outside(peer),
    }));
    await compare("an upstream by TLS, 16 connections", "requests/s", peers.out, () => ({
      ...{ connections: 16, seconds: 2 },
      origin: `https://${HOST}:${secured}`,
    }));
    return rows;
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Pair {
  readonly cage: Peer;
  readonly nginx: Peer;
}

async function compared(
  name: string,
  unit: string,
  {
    pair,
    how,
    ...where
  }: {
    readonly pair: Pair;
    readonly how: (peer: Peer) => Measure;
    readonly folder: string;
    readonly upstream: number;
  },
): Promise<Row[]> {
  await warmUp(pair.cage, { ...where, ...how(pair.cage) }, WARM_SECONDS);
  const [own, others]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    own.push(await load(pair.cage, { ...where, ...how(pair.cage) }));
    others.push(await load(pair.nginx, { ...where, ...how(pair.nginx) }));
  }
  const ratio = (figure: (each: Measured) => number): number =>
    middle(own.map((each, at) => figure(each) / figure(others[at] as Measured)));
  const perSecond = (each: Measured): number => each.perSecond;
  const cpuUs = (each: Measured): number => each.cpuUs;
  return [
    row(`${name}, cage`, middle(own.map(perSecond)), unit, { ratio: ratio(perSecond), against: "nginx" }),
    row("  processor time of each", middle(own.map(cpuUs)), "µs", { ratio: ratio(cpuUs), against: "nginx" }),
    row("  99 of 100 within", middle(own.map(({ p99 }) => p99)), "ms"),
    row(`${name}, nginx`, middle(others.map(perSecond)), unit),
    row("  processor time of each", middle(others.map(cpuUs)), "µs"),
  ];
}

async function cage(
  folder: string,
  files: Files,
  upstream: number,
): Promise<{ readonly ingress: Peer; readonly egress: Peer }> {
  const port = await freePort();
  const started = await startCageProcess({
    home: join(folder, "cage"),
    before: ["taskset", "--cpu-list", "0"],
    text: POLICY,
    more: [
      ...["--ingress", `https://127.0.0.1:${port}`, "--certificate", files.chain, "--certificate-key", files.key],
      ...["--upstream", `web=http://127.0.0.1:${upstream}`, "--roots", files.root],
    ],
  });
  const { process } = started;
  endLater(process);
  return {
    ingress: { name: "cage, ingress", port, process, form: "path" },
    egress: { name: "cage, egress", port: started.port, process, form: "absolute" },
  };
}

const FORWARD = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;';
const upstreamOf = (port: number): string =>
  `upstream up { server 127.0.0.1:${port}; keepalive 128; keepalive_requests 100000000; }`;

async function nginxIn(folder: string, files: Files, upstream: number): Promise<Peer> {
  const port = await freePort();
  const process = await nginx(folder, {
    ...{ name: "nginx-in", core: 0, port, tls: files },
    location: `proxy_pass http://up; ${FORWARD}`,
    more: upstreamOf(upstream),
  });
  return { name: "nginx, TLS of callers", port, process, form: "path" };
}

/** It checks the certificate, too. */
async function nginxOut(folder: string, files: Files, upstream: number): Promise<Peer> {
  const port = await freePort();
  const process = await nginx(folder, {
    ...{ name: "nginx-out", core: 0, port },
    location: `proxy_pass https://up; ${FORWARD} proxy_ssl_verify on; proxy_ssl_trusted_certificate ${files.root}; proxy_ssl_name ${HOST}; proxy_ssl_server_name on;`,
    more: upstreamOf(upstream),
  });
  return { name: "nginx, TLS to the upstream", port, process, form: "path" };
}
