// TLS that the cage ends for callers from outside: certificates by the name that is asked for, HTTP/1.1 alone, TLS from 1.2 on, and, where
// it is wanted, who the caller is by its own certificate. The files are read again while it runs; what cannot be used changes nothing.
import { constants, createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from "node:tls";
import { tlsFiles } from "../codes.ts";
import { CageError, fail } from "../errors.ts";
import { CALLER_ID_LENGTH_MAX, SERIAL_LENGTH_MAX } from "../limits.ts";
import { distinguishedName } from "./certificates.ts";
import { type RevocationList, readRevocations, withoutList } from "./revoked.ts";

export interface IngressTlsFiles {
  /** Chains in PEM, the first one for callers who name no server, or none of the others. `key` null: it is in the same file. */
  readonly certificates: readonly { readonly chain: string; readonly key: string | null }[];
  /** Authorities in PEM whose certificates tell who a caller is; null: callers are not asked. */
  readonly clients: string | null;
  /** Lists of what these authorities have revoked, in PEM; none: revocation is not looked at. */
  readonly revoked?: readonly string[];
}

/** What an ingress is served with, as it is recorded: SHA-256 in hex. */
export type TlsInUse = {
  /** The first of each chain, in their order. */
  readonly served: readonly string[];
  /** Authorities of callers. */
  readonly clients: readonly string[];
  /** Lists of revoked certificates; left out where there are none. */
  readonly revoked?: readonly string[];
};

/** Files that were read and can be used. */
export interface ReadTls {
  readonly served: readonly [Served, ...Served[]];
  readonly lists: readonly RevocationList[];
  readonly inUse: TlsInUse;
}

interface Served {
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
  readonly options: SecureContextOptions;
}

export class IngressTls {
  readonly #files: IngressTlsFiles;
  #read: ReadTls;
  /** Servers whose default certificate changes with the files. */
  readonly #servers = new Set<{ setSecureContext(options: SecureContextOptions): void }>();
  readonly #onCallers = new Set<() => void>();

  /** Throws CageError `cage/tls-files`. */
  constructor(files: IngressTlsFiles, now: Date) {
    this.#files = files;
    this.#read = readFiles(files, now);
  }

  get inUse(): TlsInUse {
    return this.#read.inUse;
  }

  get asksClients(): boolean {
    return this.#files.clients !== null;
  }

  /** When the first of the certificates ends, in milliseconds since 1970. */
  get until(): number {
    return Math.min(...this.#read.served.map(({ leaf }) => Date.parse(leaf.validTo)));
  }

  /** When the first of the lists of revoked certificates is over; null: there are none. Then no caller of its authority is taken. */
  get revokedUntil(): number | null {
    const { lists } = this.#read;
    return lists.length === 0 ? null : Math.min(...lists.map(({ until }) => until));
  }

  /** The files as they are now, not used yet. Throws CageError `cage/tls-files`. */
  readAgain(now: Date): ReadTls {
    const read = readFiles(this.#files, now);
    const older = read.lists.find(({ issuer, made }) =>
      this.#read.lists.some((used) => used.issuer === issuer && made < used.made),
    );
    if (older !== undefined)
      refuse(this.#files.revoked?.join(", ") ?? "", `the list of \`${older.issuer}\` is older than the one in use`);
    return read;
  }

  /** Connections that are open keep the certificate they were opened with. Where callers are judged otherwise from here on, connections of
   *  callers who showed one are closed, after what is under way. */
  use(read: ReadTls): void {
    const before = this.#read.inUse;
    this.#read = read;
    for (const server of this.#servers) server.setSecureContext(read.served[0].options);
    const { clients, revoked } = read.inUse;
    if (`${clients} ${revoked}` !== `${before.clients} ${before.revoked}`) for (const each of this.#onCallers) each();
  }

  /** For `createServer` of `node:https`. Whether a certificate of a caller is good is looked at behind the handshake: `callerOf`. */
  serverOptions(handshakeMs: number) {
    return {
      ...this.#read.served[0].options,
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: handshakeMs,
      requestCert: this.asksClients,
      rejectUnauthorized: false,
      SNICallback: (name: string, done: (error: null, context: SecureContext) => void): void =>
        done(null, this.#for(name).context),
    } as const;
  }

  /** The server gets new certificates when they are read again. `onCallers`: who may call has changed. */
  follow(server: { setSecureContext(options: SecureContextOptions): void }, onCallers: () => void): void {
    this.#servers.add(server);
    this.#onCallers.add(onCallers);
  }

  #for(name: string): Served {
    const { served } = this.#read;
    return served.find(({ leaf }) => leaf.checkHost(name) !== undefined) ?? served[0];
  }
}

/** What a connection says of its caller. `refused`: it showed a certificate that is not one of the authorities'. */
export function callerOf(socket: TLSSocket): {
  /** In small letters; null: it named no server. */
  readonly sni: string | null;
  /** Subject of the certificate, as RFC 2253 writes it; null: it showed none. */
  readonly subject: string | null;
  readonly refused: string | null;
} {
  const { servername } = socket as { readonly servername?: string | false | null };
  const sni = typeof servername === "string" && servername !== "" ? servername.toLowerCase() : null;
  const shown = socket.getPeerX509Certificate?.();
  if (shown === undefined) return { sni, subject: null, refused: null };
  if (!socket.authorized) {
    const why = String(socket.authorizationError ?? "not verified");
    return { sni, subject: null, refused: why === "CERT_REVOKED" ? `${why} ${nameShown(shown)}` : why };
  }
  const subject = distinguishedName(shown.raw);
  if (subject === "" || subject.length > CALLER_ID_LENGTH_MAX)
    return { sni, subject: null, refused: "its subject is empty or too long" };
  return { sni, subject, refused: null };
}

/** Whose certificate it was: for whoever looks into the records for one that was revoked. */
const nameShown = ({ raw, serialNumber }: X509Certificate): string =>
  `${distinguishedName(raw).slice(0, CALLER_ID_LENGTH_MAX)}, serial ${serialNumber.slice(0, SERIAL_LENGTH_MAX)}`;

function readFiles({ certificates, clients, revoked = [] }: IngressTlsFiles, now: Date): ReadTls {
  const authorities = clients === null ? null : readClients(clients);
  const lists = authorities === null ? [] : readLists(revoked, authorities, now);
  const served = certificates.map(({ chain, key: keyFile }): Served => {
    const secret = keyFile ?? chain;
    const pem = read(chain, keyFile === null);
    if (keyFile === null && !KEY.test(pem)) refuse(chain, "it holds no key, and none was given beside it");
    const certificate = blocks(pem, "CERTIFICATE");
    if (certificate.length === 0) refuse(chain, "it holds no certificate");
    const leaf = parsed(chain, () => new X509Certificate(certificate[0] as string));
    const key: KeyObject = parsed(secret, () => createPrivateKey(keyFile === null ? pem : read(keyFile, true)));
    if (!leaf.checkPrivateKey(key)) refuse(chain, `its key is not the one in ${secret}`);
    if (Date.parse(leaf.validTo) <= now.getTime()) refuse(chain, `it was valid until ${leaf.validTo}`);
    const options: SecureContextOptions = {
      cert: certificate.join("\n"),
      key: key.export({ type: "pkcs8", format: "pem" }) as string,
      minVersion: "TLSv1.2",
      // A connection that is taken up again would carry a verdict on its caller from before the authorities changed.
      ...(authorities === null ? {} : { ca: [...authorities], secureOptions: constants.SSL_OP_NO_TICKET }),
      ...(lists.length === 0 ? {} : { crl: lists.map(({ pem }) => pem) }),
    };
    return { leaf, context: parsed(chain, () => createSecureContext(options)), options };
  });
  return {
    served: served as unknown as readonly [Served, ...Served[]],
    lists,
    inUse: {
      served: served.map(({ leaf }) => digestOf(leaf)),
      clients: (authorities ?? []).map((pem) => digestOf(new X509Certificate(pem))),
      ...(lists.length === 0 ? {} : { revoked: lists.map(({ digest }) => digest) }),
    },
  };
}

const digestOf = ({ raw }: X509Certificate): string => createHash("sha256").update(raw).digest("hex");

function readClients(file: string): readonly string[] {
  const found = blocks(read(file, false), "CERTIFICATE");
  if (found.length === 0) refuse(file, "it holds no certificate");
  for (const each of found) if (!parsed(file, () => new X509Certificate(each)).ca) refuse(file, "it is no authority's");
  return found;
}

function readLists(files: readonly string[], pems: readonly string[], now: Date): readonly RevocationList[] {
  if (files.length === 0) return [];
  const authorities = pems.map((pem) => new X509Certificate(pem));
  const lists = files.flatMap((file) => {
    const found = blocks(read(file, false), "X509 CRL");
    if (found.length === 0) refuse(file, "it holds no list of revoked certificates in PEM");
    return found.map((pem) => {
      const list = parsed(file, () => readRevocations(pem, authorities, now));
      return "reason" in list ? refuse(file, list.reason) : list;
    });
  });
  const [missing] = withoutList(authorities, lists);
  if (missing !== undefined)
    refuse(files.join(", "), `there is no list of \`${missing}\`, so none of its callers would be taken`);
  return lists;
}

const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** The mode is that of the file which is then read, not of what stands there later. */
function read(file: string, secret: boolean): string {
  return parsed(file, () => {
    const open = openSync(file, "r");
    try {
      const text = readFileSync(open, "utf8");
      if (secret && KEY.test(text) && (fstatSync(open).mode & 0o007) !== 0)
        refuse(file, "it holds a key, and every user of this machine may read it");
      return text;
    } finally {
      closeSync(open);
    }
  });
}

const blocks = (pem: string, what: "CERTIFICATE" | "X509 CRL"): readonly string[] =>
  pem.match(new RegExp(`-----BEGIN ${what}-----[A-Za-z0-9+/=\\s]+-----END ${what}-----`, "g")) ?? [];

function parsed<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return refuse(file, NOT_READ[code ?? ""] ?? message, error);
  }
}

const NOT_READ: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "the user of the cage may not read it",
  EISDIR: "it is a folder",
  ERR_OSSL_UNSUPPORTED: "it is no key in PEM",
};

const refuse = (file: string, reason: string, cause?: unknown): never => fail(tlsFiles({ file, reason }), cause);
