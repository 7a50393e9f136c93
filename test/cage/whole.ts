// A whole cage in this process: a real policy, real records in a ledger, real sockets. What was recorded is read back from the ledger.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resolve } from "../../cage/dial.ts";
import type { CageRecord } from "../../cage/records/record.ts";
import { type OpenCage, type OpenOptions, openCage } from "../../cli/cage/open.ts";
import type { Prepared } from "../../cli/cage/prepared.ts";
import { compile } from "../../compiler/index.ts";
import { hasErrors } from "../../lang/index.ts";
import { openPolicy } from "../../policy/index.ts";
import type { LoadedFrom } from "../../policy/running.ts";
import { afterwards } from "./fakes.ts";

/** Loopback is reached only where a rule says so. */
export const NEAR = `policy: near
on: http.request
rules:
  - allow: the upstream of the test
    id: near
    match: {direction: egress, host: 127.0.0.1, at: request}
    then: {reach: {classes: [loopback]}}
`;

export function loadedFrom(text: string, data: NonNullable<Parameters<typeof openPolicy>[1]>["data"] = {}): LoadedFrom {
  const { value, diagnostics } = compile({ name: "policy.yaml", text });
  if (value === null || hasErrors(diagnostics)) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return { policy: openPolicy(value, { tier: "code", data }), bundle: null };
}

export interface Whole extends OpenCage {
  readonly port: number;
  readonly inPort: number;
  readonly folder: string;
  /** Records from an index on. */
  readonly records: (from?: number) => readonly CageRecord[];
}

const PLACE = { at: { host: "127.0.0.1", port: 0 }, caller: null } as const;
const NOTHING: Prepared = {
  ledger: "",
  origin: undefined,
  durable: false,
  acceptClock: false,
  egress: [PLACE],
  ingress: [{ ...PLACE, scheme: "http", ends: false }],
  tls: null,
  admin: null,
  upstreams: new Map(),
  peers: new Set(),
  witnesses: null,
  signers: new Map(),
  people: null,
  peopleAt: null,
  collector: null,
  reports: null,
  addresses: [],
  authority: null,
  hiddenNames: false,
  roots: [],
  confinement: null,
  accessLog: null,
  logLevel: "silent",
  watch: false,
  limits: {},
};

/** Closed with the others of the test. `policy`: its text, or what is loaded now and at each reload. */
export async function wholeCage(
  policy: string | (() => LoadedFrom),
  options: Partial<Prepared> = {},
  resolve?: Resolve,
  clocks: Partial<Pick<OpenOptions, "now" | "steady">> = {},
): Promise<Whole> {
  const folder = options.ledger ?? mkdtempSync(join(tmpdir(), "writ-whole-"));
  if (options.ledger === undefined) afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const loaded = typeof policy === "string" ? loadedFrom(policy) : null;
  const open = await openCage({
    prepared: { ...NOTHING, ...options, ledger: folder },
    load: async () => loaded ?? (policy as () => LoadedFrom)(),
    now: Date.now,
    ...clocks,
    out: () => undefined,
    ...(resolve === undefined ? {} : { resolve }),
  });
  afterwards(() => open.close());
  const port = (url: string | undefined): number => Number(/:(\d+)$/.exec(url ?? "")?.[1] ?? 0);
  return {
    ...open,
    port: port(open.cage.egress[0]),
    inPort: port(open.cage.ingress[0]),
    folder,
    records: (from = 0) => [...open.ledger.entries(from)].map(({ record }) => record),
  };
}
