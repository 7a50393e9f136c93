// Certificates for tests: a root, what it signs, and what nobody should believe. Made in the test that needs them.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const HOUR = 3_600_000;

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  /** PEM. */
  readonly root: string;
  /** `from` and `to` in hours from now. */
  issue(options: {
    readonly hosts?: readonly string[];
    readonly addresses?: readonly string[];
    readonly subject?: string;
    /** It is for a client, not for a server. */
    readonly client?: boolean;
    readonly from?: number;
    readonly to?: number;
  }): Promise<TestCertificate>;
}

const pem = async (key: unknown): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key as webcrypto.CryptoKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
};
const serial = (): string => `40${randomBytes(8).toString("hex")}`;
const names = (options: { readonly hosts?: readonly string[]; readonly addresses?: readonly string[] }) =>
  new x509.SubjectAlternativeNameExtension([
    ...(options.hosts ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(options.addresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ]);

export async function testAuthority(): Promise<TestAuthority> {
  const keys = (await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"])) as never as x509.X509Certificate & {
    readonly privateKey: never;
    readonly publicKey: never;
  };
  const now = Date.now();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=test root ${randomBytes(4).toString("hex")}`,
    notBefore: new Date(now - 100 * HOUR),
    notAfter: new Date(now + 100 * HOUR),
    signingAlgorithm: SIGNING,
    keys: keys as never,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    root: root.toString("pem"),
    issue: async ({ from = -1, to = 24, subject = "CN=test leaf", client = false, ...who }) => {
      const own = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject,
        issuer: root.subject,
        notBefore: new Date(now + from * HOUR),
        notAfter: new Date(now + to * HOUR),
        signingAlgorithm: SIGNING,
        publicKey: own.publicKey as never,
        signingKey: keys.privateKey,
        extensions: [
          ...(client ? [] : [names(who)]),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[client ? "clientAuth" : "serverAuth"]]),
          await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
        ],
      });
      // With the root, as the browser of a test looks for it among what is sent.
      return { cert: `${certificate.toString("pem")}\n${root.toString("pem")}\n`, key: await pem(own.privateKey) };
    },
  };
}

export async function selfSigned(host: string): Promise<TestCertificate> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${host}`,
    notBefore: new Date(Date.now() - HOUR),
    notAfter: new Date(Date.now() + HOUR),
    signingAlgorithm: SIGNING,
    keys: keys as never,
    extensions: [names({ hosts: [host] })],
  });
  return { cert: made.toString("pem"), key: await pem(keys.privateKey) };
}
