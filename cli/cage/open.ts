// A cage put together from its settings: policy, ledger, gate, obligations, tunnels, proxy. What cannot be opened is said before a port is.
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { type DestinationStream, pino } from "pino";
import { CageClock, type ClockStep } from "../../cage/clock.ts";
import { ConfineError } from "../../cage/confine/check.ts";
import { type Found, foundConfinement, type RequiredConfinement } from "../../cage/confine/required.ts";
import type { Resolve } from "../../cage/dial.ts";
import { CageGate } from "../../cage/gate.ts";
import { CLOCK_LOOK_MS } from "../../cage/limits.ts";
import { Collector, collectorServer, observing, Seen } from "../../cage/nel/index.ts";
import {
  adminServer,
  type Configuration,
  dutiesOf,
  kindsOf,
  readPeople,
  StepUps,
  unmetRules,
  withTunnels,
} from "../../cage/obligations/index.ts";
import { type Cage, type Health, LIMITS, listen, type Place, startCage } from "../../cage/proxy/index.ts";
import { CageLedger } from "../../cage/records/ledger.ts";
import { Remembered } from "../../cage/remembered.ts";
import { createInterceptor, createTunnel, IngressTls, readAuthorityFolder } from "../../cage/tls/index.ts";
import { base64 } from "../../core/index.ts";
import { cosignedWrites } from "../../ledger/cosigned.ts";
import { WITNESS_WORDS, Witnesses } from "../../ledger/witness-client.ts";
import { type LoadedFrom, Store, storeOf } from "../../policy/node.ts";
import { UsageError, worldError } from "../exit.ts";
import { clean } from "../terminal.ts";
import type { Prepared } from "./prepared.ts";

export interface OpenOptions {
  readonly prepared: Prepared;
  /** Reads the policy as it is now. */
  readonly load: () => Promise<LoadedFrom>;
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly steady?: () => number;
  /** Where log lines go; standard error when left out. */
  readonly logTo?: DestinationStream;
  /** Takes lines of the access log when it goes to standard output. */
  readonly out: (text: string) => void;
  /** How names are resolved; by the system when left out. */
  readonly resolve?: Resolve;
  /** The ledger must not be written any more. */
  readonly onFatal?: (error: Error) => void;
}

export interface OpenCage {
  readonly cage: Cage;
  readonly gate: CageGate;
  readonly ledger: CageLedger;
  /** Where people approve, and where reports are taken; null: nowhere. */
  readonly people: string | null;
  readonly reports: string | null;
  /** Reads policy and certificates again. Whether the newest are in use now; when not, those before are. */
  reload(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openCage(options: OpenOptions): Promise<OpenCage> {
  const { prepared, load, now: wall, steady = () => performance.now(), logTo, out, resolve, onFatal } = options;
  const { acceptClock: accepted } = prepared;
  const limits = { ...LIMITS, ...prepared.limits };
  const log = pino({ level: prepared.logLevel, base: null }, logTo ?? pino.destination(2));
  const loaded = await load();
  const tls = prepared.tls === null ? null : new IngressTls(prepared.tls, new Date(wall()));
  mkdirSync(prepared.ledger, { recursive: true, mode: 0o700 });
  const ledger = await CageLedger.open({
    folder: prepared.ledger,
    durable: prepared.durable,
    ...(prepared.origin === undefined ? {} : { origin: prepared.origin }),
  });
  const closers: (() => Promise<void> | void)[] = [() => ledger.close()];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const head = (): string => {
      const { size, root } = ledger.log.checkpoint;
      return `${size} ${base64(root)}`;
    };
    const random = (bytes: number): Uint8Array => randomBytes(bytes);
    // Until there is a gate, steps of the clock wait for it.
    const steps: ClockStep[] = [];
    let onStep = (step: ClockStep): void => void steps.push(step);
    const newest = ledger.size === 0 ? null : ledger.entry(ledger.size - 1).record.at;
    const clock = new CageClock({ wall, steady, newest, accepted, onStep: (step) => onStep(step) });
    const { now } = clock;
    const looking = setInterval(() => clock.look(), CLOCK_LOOK_MS);
    looking.unref();
    closers.push(() => clearInterval(looking));
    const durable = prepared.durable;
    const remembered = await Remembered.open(ledger, { now, boot: bootOf(), durable, clockAccepted: accepted });
    const configuration: Configuration = {
      signers: prepared.signers,
      upstreams: new Set(prepared.upstreams.keys()),
      nonces: remembered.nonces,
      rates: remembered.rates,
      stepUps:
        prepared.people === null
          ? null
          : new StepUps({
              people: peopleOf(prepared.people),
              head,
              random,
              counters: remembered.counters,
              keep: remembered.counter,
            }),
      collector: prepared.collector,
      random,
    };
    refuseUnmet(loaded, configuration);
    const { witnesses: asked } = prepared;
    let cosignedAt = steady();
    const unwitnessed = (): string | null => {
      const within = asked?.withinMs ?? null;
      const since = steady() - cosignedAt;
      return within === null || since <= within
        ? null
        : `not cosigned by ${asked!.needed} for ${Math.round(since / 1_000)} s`;
    };
    const gate = await CageGate.start(
      {
        ledger,
        store: new Store(storeOf(prepared.ledger)),
        kinds: kindsOf(configuration),
        now,
        withIntent: remembered.withIntent,
        clockBehind: clock.behind,
        unwitnessed,
        onFatal: (error) => {
          log.fatal({ code: error.code }, `${error.message}. ${error.help}`);
          onFatal?.(error);
        },
      },
      loaded,
    );
    onStep = ({ word, byMs, clock: at }) => {
      const help =
        word === "clock-back" && !accepted
          ? { help: "set it right; if the records are wrong, start with --accept-clock and the date of today" }
          : {};
      log.warn({ word, by_ms: byMs, ...help }, "the clock of the machine was set, or is behind the records");
      const body = { word, by_ms: byMs, clock: new Date(at).toISOString(), accepted };
      // What cannot be recorded now is in the log; the gate knows why.
      gate.note("anomaly", body).catch(() => undefined);
    };
    for (const step of steps) onStep(step);
    if (tls !== null) await gate.certificates(tls.inUse);
    if (prepared.confinement !== null) await confinedOrNot(gate, prepared.confinement, prepared.egress[0]?.at, now());
    const witnesses =
      asked === null
        ? null
        : new Witnesses({
            log: ledger.log,
            witnesses: asked.at,
            before: ledger.cosigned(),
            keep: async ({ note, by }) => {
              await ledger.keep(cosignedWrites(note, by.length));
              if (by.length >= asked.needed) cosignedAt = steady();
            },
            now: wall,
            changed: (name, word, detail) => {
              if (word === null) log.info({ witness: name }, "the witness cosigns again");
              else log.warn({ witness: name, word, detail, help: WITNESS_WORDS[word][1] }, WITNESS_WORDS[word][0]);
            },
          });
    if (witnesses !== null) {
      closers.push(() => witnesses.close());
      witnesses.every(asked!.everyMs);
    }
    let stale: string | null = null;
    let staleTls: string | null = null;
    const health = (): Health => ({
      ok: gate.down === null && clock.behind() === null && unwitnessed() === null,
      policy: gate.policyName,
      module: gate.module,
      records: ledger.size,
      ...(gate.down === null ? {} : { ledger: gate.down.code }),
      ...(witnesses === null ? {} : { witnesses: witnesses.states.map(({ failures: _, ...each }) => each) }),
      ...(stale === null ? {} : { stale }),
      ...(clock.heldMs < CLOCK_LOOK_MS ? {} : { clock_behind_ms: clock.heldMs }),
      ...(tls === null ? {} : { certificates_until: new Date(tls.until).toISOString() }),
      ...(tls === null || tls.revokedUntil === null ? {} : { revoked_until: new Date(tls.revokedUntil).toISOString() }),
      ...(staleTls === null ? {} : { stale_certificates: staleTls }),
    });
    const access = accessTo(prepared.accessLog, out);
    closers.push(access.close);
    const interceptor =
      prepared.authority === null
        ? null
        : createInterceptor(readAuthorityFolder(prepared.authority, new Date(now())), now);
    const seen = new Seen();
    const tunnelled = withTunnels(gate, { configuration, now });
    const cage = await startCage({
      gate: prepared.reports === null ? tunnelled : observing(tunnelled, seen, now),
      dutiesOf: dutiesOf({ configuration, gate, now }),
      tunnel: createTunnel({
        interceptor,
        encryptedHello: prepared.hiddenNames ? "allow" : "deny",
        pipe: { idleMs: limits.tunnelIdleMs, halfClosedMs: limits.tunnelHalfClosedMs, totalMs: limits.tunnelMs },
        helloTimeoutMs: limits.helloMs,
        handshakeTimeoutMs: limits.handshakeMs,
        most: limits.tunnels,
      }),
      log,
      limits,
      egress: prepared.egress,
      ingress: prepared.ingress.map((each) => ({ ...each, tls: each.ends ? tls : null })),
      admin: prepared.admin,
      upstreams: prepared.upstreams,
      peers: prepared.peers,
      ...(witnesses === null ? {} : { witnesses: () => witnesses.states }),
      authorities: prepared.roots,
      access: access.line,
      health,
      clock,
      ...(resolve === undefined ? {} : { resolve }),
    });
    closers.push(() => cage.close());
    const also = async (server: ReturnType<typeof adminServer>, at: Place): Promise<string> => {
      const url = await listen(server, at);
      closers.push(() => {
        server.closeAllConnections();
        server.close();
      });
      return url;
    };
    const { stepUps } = configuration;
    const people =
      stepUps === null || prepared.peopleAt === null
        ? null
        : await also(adminServer({ stepUps, now }), prepared.peopleAt);
    let count = 0;
    const collector = new Collector({
      gate,
      seen,
      addresses: prepared.addresses,
      now,
      nextId: () => `report-${++count}`,
      counted: (outcome) => log.debug({ outcome }, "a report of the network"),
    });
    const reports = prepared.reports === null ? null : await also(collectorServer(collector), prepared.reports);
    const reloadTls = async (): Promise<boolean> => {
      if (tls === null) return true;
      try {
        const read = tls.readAgain(new Date(now()));
        await gate.certificates(read.inUse);
        tls.use(read);
        staleTls = null;
        log.info({ until: new Date(tls.until).toISOString() }, "the certificates were read again");
        return true;
      } catch (error) {
        staleTls = error instanceof Error ? error.message : String(error);
        log.error({ reason: staleTls }, "the certificates were not read again: those before stay");
        return false;
      }
    };
    const reloadPolicy = async (): Promise<boolean> => {
      try {
        const found = await load();
        refuseUnmet(found, configuration);
        await gate.reload(found);
        stale = null;
        log.info({ policy: gate.policyName, module: gate.module }, "the policy was read again");
        return true;
      } catch (error) {
        stale = error instanceof Error ? error.message : String(error);
        log.error({ reason: stale }, "the policy was not read again: the one before it stays");
        return false;
      }
    };
    let reloading: Promise<unknown> = Promise.resolve();
    // One after the other, so that what is in use is what the last record says.
    const reload = (): Promise<boolean> => {
      const done = reloading.then(async () => {
        const certificates = await reloadTls();
        return (await reloadPolicy()) && certificates;
      });
      reloading = done;
      return done;
    };
    return { cage, gate, ledger, people, reports, reload, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Written down, whatever it was; a way that is open ends the start. */
async function confinedOrNot(
  gate: CageGate,
  required: RequiredConfinement,
  at: Place | undefined,
  nowMs: number,
): Promise<void> {
  if (at === undefined)
    throw new UsageError("--require-confinement is for what applications say, and this cage listens to none");
  const cage =
    "path" in at ? ({ kind: "unix", path: at.path } as const) : ({ kind: "tcp", ip: at.host, port: at.port } as const);
  let found: Found;
  try {
    found = await foundConfinement(required, { cage, nowMs });
  } catch (error) {
    if (!(error instanceof ConfineError)) throw error;
    throw new UsageError(`whether the application is confined is not known: ${error.message}`);
  }
  await gate.note("confine", found.body);
  if (found.open.length > 0)
    throw new UsageError(
      `${clean(found.user)} has ways past the cage: ${found.open.map(clean).join(", ")}`,
      `see them with  writ cage confine --check --user ${clean(found.user)}`,
    );
}

/** Different after each start of the machine; null where it does not say. */
function bootOf(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

function refuseUnmet({ policy }: LoadedFrom, configuration: Configuration): void {
  const [first] = unmetRules(policy, configuration);
  if (first === undefined) return;
  const { rule, obligation, problem, help } = first;
  throw new UsageError(`rule \`${rule}\` asks for \`${obligation}\`, which this cage cannot meet: ${problem}`, help);
}

function peopleOf(file: string): ReturnType<typeof peopleIn> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw worldError(`read ${clean(file)}`, error);
  }
  return peopleIn(file, text);
}
function peopleIn(file: string, text: string): Exclude<ReturnType<typeof readPeople>, { readonly problem: string }> {
  const read = readPeople(text);
  if ("problem" in read) throw new UsageError(`${clean(file)}: ${read.problem}`, read.help);
  return read;
}

/** Lines are gathered and written by the stream: nobody waits for the disk. */
function accessTo(
  place: string | null,
  out: (text: string) => void,
): { readonly line: ((line: string) => void) | null; readonly close: () => Promise<void> } {
  if (place === null) return { line: null, close: async () => undefined };
  if (place === "-") return { line: out, close: async () => undefined };
  const stream = createWriteStream(place, { flags: "a", mode: 0o640 });
  let broken = false;
  stream.on("error", () => {
    broken = true;
  });
  let held = "";
  const flush = (): void => {
    if (!broken && held !== "") stream.write(held);
    held = "";
  };
  return {
    line: (line) => {
      if (held === "") setImmediate(flush);
      held += line;
    },
    close: () => {
      flush();
      return new Promise((done) => stream.end(() => done()));
    },
  };
}
