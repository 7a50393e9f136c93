// Settings as they were written, read: places, bounds, files. Everything wrong with them is found before anything is opened.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { PUBLIC_V4, PUBLIC_V6 } from "../../cage/confine/addresses.ts";
import { isUserName } from "../../cage/confine/profiles.ts";
import type { RequiredConfinement } from "../../cage/confine/required.ts";
import { readAuthority } from "../../cage/message/authority.ts";
import {
  type Limits,
  type ListenAt,
  type Place,
  readPlace,
  readUpstream,
  type Upstream,
} from "../../cage/proxy/index.ts";
import { type MessageSigner, messageSigner } from "../../cage/signature/index.ts";
import type { IngressTlsFiles } from "../../cage/tls/index.ts";
import { WITNESS_EVERY_MS, WITNESSES_MAX } from "../../ledger/limits.ts";
import { isTwice, parseWitnessAt, type WitnessAt } from "../../ledger/witness-client.ts";
import { formatIp, parseIp } from "../../vm/index.ts";
import { readKey } from "../commands/keys.ts";
import { UsageError, worldError } from "../exit.ts";
import type { Io } from "../io.ts";
import { clean } from "../terminal.ts";
import { LIMIT_NAMES, type LimitName, type SettingName, type Written, type WrittenPlace } from "./settings.ts";

export interface Prepared {
  readonly ledger: string;
  readonly origin: string | undefined;
  readonly durable: boolean;
  /** The clock is right though records are later. */
  readonly acceptClock: boolean;
  readonly egress: readonly ListenAt[];
  readonly ingress: readonly (ListenAt & { readonly scheme: "http" | "https"; readonly ends: boolean })[];
  /** For the places of `ingress` whose TLS ends here; null where there are none. */
  readonly tls: IngressTlsFiles | null;
  readonly admin: Place | null;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** Null: nobody cosigns the ledger. `withinMs`: null: nothing is denied for it. */
  readonly witnesses: {
    readonly at: readonly WitnessAt[];
    readonly everyMs: number;
    readonly withinMs: number | null;
    readonly needed: number;
  } | null;
  /** Hosts behind another cage. */
  readonly peers: ReadonlySet<string>;
  readonly signers: ReadonlyMap<string, MessageSigner>;
  readonly people: string | null;
  /** Where people approve; null: nobody is asked. */
  readonly peopleAt: Place | null;
  readonly collector: string | null;
  /** Where reports are taken. */
  readonly reports: Place | null;
  readonly addresses: readonly string[];
  readonly authority: string | null;
  readonly hiddenNames: boolean;
  /** PEM. */
  readonly roots: readonly string[];
  /** Null: the cage does not ask. */
  readonly confinement: RequiredConfinement | null;
  readonly accessLog: string | null;
  readonly logLevel: string;
  readonly watch: boolean;
  readonly limits: Partial<Limits>;
}

export const DEFAULT_LEDGER = ".writ/cage";
export const DEFAULT_EGRESS = "127.0.0.1:7440";
export const DEFAULT_ADMIN = "127.0.0.1:7442";
export const DEFAULT_PEOPLE = "127.0.0.1:7441";
const LEVELS = ["silent", "error", "warn", "info", "debug"];

/** Throws UsageError. */
export function prepare(io: Io, { texts, switches, lists, names, places }: Written): Prepared {
  const path = (name: SettingName): string | null => {
    const text = texts.get(name);
    return text === undefined ? null : resolve(io.cwd, text);
  };
  const logLevel = texts.get("log-level") ?? "info";
  if (!LEVELS.includes(logLevel))
    throw new UsageError(`\`${clean(logLevel)}\` is no level of a log`, `the levels are ${LEVELS.join(", ")}`);
  const egress = places.get("egress");
  const ingress = (places.get("ingress") ?? []).map((each) => {
    const ends = each.at.startsWith("https://");
    const { scheme = ends ? "https" : "http" } = each;
    if (ends && scheme !== "https") fail("a place with https:// has no scheme `http`", "leave `scheme` out");
    if (scheme !== "http" && scheme !== "https")
      throw new UsageError(
        `\`${clean(scheme)}\` is no scheme`,
        "it is that of the outside: `http`, or `https` where TLS ends before the cage",
      );
    return { ...listenAt(ends ? { ...each, at: each.at.slice("https://".length) } : each), scheme, ends } as const;
  });
  const tls = tlsOf(
    io,
    {
      chains: lists.get("certificate") ?? [],
      keys: lists.get("certificate-key") ?? [],
      clients: path("clients"),
      revoked: lists.get("revoked") ?? [],
    },
    ingress,
  );
  const admin = texts.get("admin") ?? DEFAULT_ADMIN;
  const accessLog = texts.get("access-log") ?? null;
  const signers = new Map<string, MessageSigner>();
  for (const [name, file] of names.get("key") ?? []) signers.set(name, messageSigner(readKey(io, file).privateKey));
  const collector = texts.get("collector") ?? null;
  if (collector !== null && !(URL.canParse(collector) && collector.startsWith("https://")))
    throw new UsageError(`\`${clean(collector)}\` is no https URL`, "browsers report to https only");
  return {
    ledger: resolve(io.cwd, texts.get("ledger") ?? DEFAULT_LEDGER),
    origin: texts.get("origin"),
    durable: switches.has("durable"),
    acceptClock: acceptsClock(texts.get("accept-clock"), io.now()),
    // An ingress alone is a cage, too.
    egress: (egress ?? (ingress.length > 0 ? [] : [{ at: DEFAULT_EGRESS }])).map(listenAt),
    ingress,
    tls,
    admin: admin === "off" ? null : placeOf(admin),
    upstreams: new Map(
      [...(names.get("upstream") ?? [])].map(([name, text]) => [name, upstreamOf(name, text)] as const),
    ),
    witnesses: witnessesOf(lists.get("witness") ?? [], texts),
    peers: new Set((lists.get("peer") ?? []).map(hostOf)),
    signers,
    people: path("people"),
    peopleAt: texts.has("people") ? placeOf(texts.get("people-at") ?? DEFAULT_PEOPLE) : null,
    collector,
    reports: texts.has("reports") ? placeOf(texts.get("reports")!) : null,
    addresses: (lists.get("address") ?? []).map(
      (text) => ipOf(text) ?? fail(`\`${clean(text)}\` is no address`, "write such as `192.0.2.1`"),
    ),
    authority: path("authority"),
    hiddenNames: switches.has("hidden-names"),
    roots: (lists.get("roots") ?? []).map((file) => readPem(resolve(io.cwd, file))),
    confinement: confinementOf(io, names.get("require-confinement")),
    accessLog: accessLog === null || accessLog === "-" ? accessLog : resolve(io.cwd, accessLog),
    logLevel,
    watch: switches.has("watch"),
    limits: limitsOf(names.get("limit") ?? new Map()),
  };
}

function witnessesOf(given: readonly string[], texts: Written["texts"]): Prepared["witnesses"] {
  const [every, within, needed] = (["witness-every", "witness-within", "witnesses-needed"] as const).map((name) =>
    texts.get(name),
  );
  if (given.length === 0)
    return every === undefined && within === undefined && needed === undefined
      ? null
      : fail("no witness is named", "give its URL and key with --witness");
  if (given.length > WITNESSES_MAX)
    fail(`${given.length} witnesses are named, at most ${WITNESSES_MAX} may be`, "name fewer");
  const at = given.map(witnessOf);
  if (isTwice(at)) fail("one witness is named twice", "each has a key of its own");
  const count = needed === undefined ? 1 : Number(needed);
  if (!Number.isInteger(count) || count < 1 || count > at.length)
    fail(`\`${clean(needed ?? "")}\` is no number of witnesses`, `write one from 1 to ${at.length}`);
  return {
    at,
    everyMs: every === undefined ? WITNESS_EVERY_MS : measured(every, "time", "witness-every"),
    withinMs: within === undefined ? null : measured(within, "time", "witness-within"),
    needed: count,
  };
}

const witnessOf = (text: string): WitnessAt =>
  parseWitnessAt(text) ??
  fail(
    `\`${clean(text)}\` is no witness`,
    "write its URL, a plus, and the key that `writ ledger witness` prints: https://witness.example+witness.example/w1+1f2e3d4c+BTV…",
  );

function hostOf(text: string): string {
  const read = readAuthority(text.toLowerCase(), 443);
  if ("refused" in read || text.includes(":"))
    return fail(`\`${clean(text)}\` is no host`, "write such as `api.example`, without scheme and port");
  return read.host;
}

const CONFINED_BY: readonly string[] = ["user", "pid", "launcher", "v4", "v6", "file"];

function confinementOf(io: Io, given: ReadonlyMap<string, string> | undefined): RequiredConfinement | null {
  if (given === undefined) return null;
  for (const name of given.keys())
    if (!CONFINED_BY.includes(name))
      fail(`--require-confinement does not know \`${clean(name)}\``, `write ${CONFINED_BY.join("=, ")}=`);
  const file = given.get("file");
  if (file !== undefined)
    return given.size === 1
      ? { kind: "file", path: resolve(io.cwd, file) }
      : fail("--require-confinement file= stands alone", "the file says who was tried, and how");
  const { user = "", pid, launcher, v4 = PUBLIC_V4, v6 = PUBLIC_V6 } = Object.fromEntries(given);
  if (!isUserName(user)) fail(`\`${clean(user)}\` is no user that can be confined`, "write user=shop; root cannot be");
  if (pid !== undefined && !/^[1-9]\d{0,9}$/.test(pid)) fail(`\`${clean(pid)}\` is no process`, "write pid=4711");
  return {
    kind: "tried",
    user,
    v4: ipOf(v4) ?? fail(`\`${clean(v4)}\` is no address`, "write such as `192.0.2.1`"),
    v6: ipOf(v6) ?? fail(`\`${clean(v6)}\` is no address`, "write such as `2001:db8::1`"),
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(launcher === undefined ? {} : { launcher: launcher.split(" ").filter((word) => word !== "") }),
  };
}

/** Only on the day that it names: what is left in a script does not count tomorrow. */
function acceptsClock(text: string | undefined, now: number): boolean {
  if (text === undefined) return false;
  const today = new Date(now).toISOString().slice(0, 10);
  return (
    text === today ||
    fail(`--accept-clock says \`${clean(text)}\`, and the clock says ${today}`, "give the date of today, in UTC")
  );
}

/** Which files an ingress with TLS is served with. */
function tlsOf(
  io: Io,
  {
    chains,
    keys,
    clients,
    revoked,
  }: {
    readonly chains: readonly string[];
    readonly keys: readonly string[];
    readonly clients: string | null;
    readonly revoked: readonly string[];
  },
  ingress: Prepared["ingress"],
): IngressTlsFiles | null {
  const ending = ingress.filter(({ ends }) => ends);
  if (ending.length === 0) {
    if (chains.length + keys.length + revoked.length > 0 || clients !== null)
      fail(
        "no ingress ends TLS here, so nothing uses the certificates",
        "write such as `--ingress https://0.0.0.0:8443`",
      );
    return null;
  }
  if (chains.length === 0)
    fail("an ingress with https:// needs a certificate", "give `--certificate chain.pem --certificate-key key.pem`");
  if (keys.length > 0 && keys.length !== chains.length)
    fail(
      `there are ${chains.length} of \`certificate\` and ${keys.length} of \`certificate-key\``,
      "give as many of both, in the same order, or keys and chains in the same files",
    );
  if (clients !== null && ending.some(({ caller }) => caller !== null))
    fail("a place says who calls there, and certificates of callers do", "leave out the name before `@`, or `clients`");
  if (revoked.length > 0 && clients === null)
    fail("callers show no certificates here, so none of them can be revoked", "name their authorities with --clients");
  const file = (name: string): string => resolve(io.cwd, name);
  return {
    certificates: chains.map((chain, at) => ({
      chain: file(chain),
      key: keys[at] === undefined ? null : file(keys[at]),
    })),
    clients,
    revoked: revoked.map(file),
  };
}

const listenAt = ({ at, caller }: WrittenPlace): ListenAt => ({ at: placeOf(at), caller: caller ?? null });

function placeOf(text: string): Place {
  return (
    readPlace(text) ??
    fail(`\`${clean(text)}\` is no place to listen`, "write `127.0.0.1:7440`, `[::1]:7440` or `unix:/run/cage.sock`")
  );
}

const upstreamOf = (name: string, text: string): Upstream =>
  readUpstream(name, text) ??
  fail(`\`${clean(text)}\` is no upstream`, "write `http://host:port`, `https://host` or `unix:/run/app.sock`");

function ipOf(text: string): string | null {
  const ip = parseIp(text);
  return ip === undefined ? null : formatIp(ip);
}

const fail = (message: string, help: string): never => {
  throw new UsageError(message, help);
};

function readPem(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw worldError(`read ${clean(file)}`, error);
  }
  return text.includes("-----BEGIN CERTIFICATE-----")
    ? text
    : fail(`${clean(file)} holds no certificate`, "it is PEM: `-----BEGIN CERTIFICATE-----`");
}

const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  time: { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
  size: { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 },
  count: { "": 1 },
};
const FORMS: Readonly<Record<string, string>> = {
  time: "`500 ms`, `10 s`, `5 m`",
  size: "`64 KiB`, `1 MiB`, `4 GiB`",
  count: "`100`",
};

function limitsOf(given: ReadonlyMap<string, string>): Partial<Limits> {
  const out: Record<string, number> = {};
  for (const [name, text] of given) {
    const [limit, unit] = LIMIT_NAMES[name as LimitName];
    out[limit] = measured(text, unit, name);
  }
  return out as Partial<Limits>;
}

function measured(text: string, unit: "time" | "size" | "count", name: string): number {
  const parts = /^(\d{1,15}) ?([A-Za-z]*)$/.exec(text.trim());
  const factor = parts === null ? undefined : UNITS[unit]![parts[2]!];
  const value = factor === undefined ? Number.NaN : Number(parts![1]) * factor;
  return !Number.isSafeInteger(value) || value < 1 || (unit === "time" && value > 2_147_483_647)
    ? fail(`\`${clean(text)}\` is no value for the bound \`${name}\``, `write ${FORMS[unit]}`)
    : value;
}
