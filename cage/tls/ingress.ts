// TLS that the cage ends for callers from outside: certificates by the name that is asked for, HTTP/1.1 alone, TLS from 1.2 on, and, where
// it is wanted, who the caller is by its own certificate. The files are read again while it runs; what cannot be used changes nothing.
import { constants, createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from "node:tls";
import { tlsFiles } from "../codes.ts";
import { CageError, fail } from "../errors.ts";
import { CALLER_ID_LENGTH_MAX } from "../limits.ts";
import { distinguishedName } from "./certificates.ts";

export interface IngressTlsFiles {
  /** Chains in PEM, the first one for callers who name no server, or none of the others. `key` null: it is in the same file. */
  readonly certificates: readonly { readonly chain: string; readonly key: string | null }[];
  /** Authorities in PEM whose certificates tell who a caller is; null: callers are not asked. */
  readonly clients: string | null;
}

/** What an ingress is served with, as it is recorded: SHA-256 of certificates in hex. */
export type TlsInUse = {
  /** The first of each chain, in their order. */
  readonly served: readonly string[];
  /** Authorities of callers. */
  readonly clients: readonly string[];
};

/** Files that were read and can be used. */
export interface ReadTls {
  readonly served: readonly [Served, ...Served[]];
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

  /** The files as they are now, not used yet. Throws CageError `cage/tls-files`. */
  readAgain(now: Date): ReadTls {
    return readFiles(this.#files, now);
  }

  /** Connections that are open keep what they were opened with. */
  use(read: ReadTls): void {
    this.#read = read;
    for (const server of this.#servers) server.setSecureContext(read.served[0].options);
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

  /** The server gets new certificates when they are read again. */
  follow(server: { setSecureContext(options: SecureContextOptions): void }): void {
    this.#servers.add(server);
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
  if (!socket.authorized) return { sni, subject: null, refused: String(socket.authorizationError ?? "not verified") };
  const subject = distinguishedName(shown.raw);
  if (subject === "" || subject.length > CALLER_ID_LENGTH_MAX)
    return { sni, subject: null, refused: "its subject is empty or too long" };
  return { sni, subject, refused: null };
}

function readFiles({ certificates, clients }: IngressTlsFiles, now: Date): ReadTls {
  const authorities = clients === null ? null : readClients(clients);
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
    };
    return { leaf, context: parsed(chain, () => createSecureContext(options)), options };
  });
  return {
    served: served as unknown as readonly [Served, ...Served[]],
    inUse: {
      served: served.map(({ leaf }) => digestOf(leaf)),
      clients: (authorities ?? []).map((pem) => digestOf(new X509Certificate(pem))),
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

const blocks = (pem: string, what: "CERTIFICATE"): readonly string[] =>
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
