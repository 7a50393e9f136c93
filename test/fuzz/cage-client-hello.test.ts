// The reader of ClientHellos on made ones: cut anywhere, spread over records anyhow, with GREASE and hidden names, broken in any byte. And
// beside OpenSSL on broken ones: what both read, they read alike, so no server sees another name than the one that was judged.
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer, type Server } from "node:tls";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readClientHello } from "../../cage/client-hello.ts";
import { CLIENT_HELLO_BYTES_MAX } from "../../cage/limits.ts";
import { selfSigned } from "../unit/cage/tls/certificates.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const settings = { seed, numRuns: 200 * Number(process.env["FUZZ"] ?? "1") };

// ── Made hellos ───────────────────────────────────────────────────────────────────────────────────────────────────────

const bytes = (max: number, min = 0) => fc.uint8Array({ minLength: min, maxLength: max }).map((each) => [...each]);
const wide = (value: number, width: number): number[] =>
  Array.from({ length: width }, (_, at) => Math.floor(value / 256 ** (width - 1 - at)) % 256);
const vector = (width: number, content: readonly number[]): number[] => [...wide(content.length, width), ...content];

const SERVER_NAME = 0;
const PROTOCOLS = 16;
const ECH = 0xfe0d;
/** RFC 8701: values that mean nothing, so that readers stay able to skip what they do not know. */
const grease = fc.nat(15).map((high) => (high * 16 + 10) * 257);
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const protocol = fc.oneof(
  fc.constantFrom("h2", "http/1.1", "http/1.0"),
  fc.stringMatching(/^[!-~]{1,20}$/),
  // GREASE of protocols is printable, too.
  fc.nat(15).map((high) => "ZJ".charAt(high % 2).repeat(2)),
);

interface Made {
  readonly serverName: string | null;
  readonly protocols: readonly string[];
  readonly encrypted: boolean;
  /** The handshake message, its header included. */
  readonly message: number[];
}

const text = (of: string): number[] => [...Buffer.from(of, "latin1")];
const made: fc.Arbitrary<Made> = fc
  .record({
    serverName: fc.option(host),
    protocols: fc.option(fc.array(protocol, { minLength: 1, maxLength: 4 })),
    encrypted: fc.option(bytes(200)),
    others: fc.uniqueArray(fc.tuple(fc.oneof(grease, fc.integer({ min: 17, max: 0xfdff })), bytes(60)), {
      selector: ([kind]) => kind,
      maxLength: 8,
    }),
    order: fc.infiniteStream(fc.nat()),
    random: bytes(32, 32),
    session: bytes(32),
    suites: fc.array(fc.oneof(grease, fc.nat(0xffff)), { minLength: 1, maxLength: 40 }),
    capitals: fc.boolean(),
  })
  .map(({ serverName, protocols, encrypted, others, order, random, session, suites, capitals }) => {
    const name = capitals ? serverName?.toUpperCase() : serverName;
    const extensions: (readonly [kind: number, data: number[]])[] = [...others];
    const put = (kind: number, data: number[]): void =>
      void extensions.splice((order.next().value as number) % (extensions.length + 1), 0, [kind, data]);
    if (name !== null && name !== undefined) put(SERVER_NAME, vector(2, [0, ...vector(2, text(name))]));
    if (protocols !== null)
      put(
        PROTOCOLS,
        vector(
          2,
          protocols.flatMap((each) => vector(1, text(each))),
        ),
      );
    if (encrypted !== null) put(ECH, encrypted);
    const body = [
      ...[3, 3],
      ...random,
      ...vector(1, session),
      ...vector(
        2,
        suites.flatMap((suite) => wide(suite, 2)),
      ),
      ...vector(1, [0]),
      ...vector(
        2,
        extensions.flatMap(([kind, data]) => [...wide(kind, 2), ...vector(2, data)]),
      ),
    ];
    return {
      serverName,
      protocols: protocols ?? [],
      encrypted: encrypted !== null,
      message: [1, ...vector(3, body)],
    };
  });

/** The message in records of these sizes, in turn, the last for what is left. */
function records(message: readonly number[], sizes: readonly number[]): Uint8Array {
  const out: number[] = [];
  for (let at = 0, turn = 0; at < message.length; turn++) {
    const part = message.slice(at, at + (sizes[turn] ?? message.length));
    out.push(22, 3, turn % 4, ...vector(2, part));
    at += part.length;
  }
  return Uint8Array.from(out);
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 });
const expected = ({ serverName, protocols, encrypted }: Made) => ({ hello: { serverName, protocols, encrypted } });

it(`reads what was written, over any records, with anything behind it (seed ${seed})`, () => {
  fc.assert(
    fc.property(made, sizes, bytes(40), (hello, cuts, behind) => {
      const whole = records(hello.message, cuts);
      expect(readClientHello(whole)).toEqual(expected(hello));
      // Behind it come other records, of early data for example.
      expect(readClientHello(Uint8Array.from([...whole, ...behind]))).toEqual(expected(hello));
    }),
    settings,
  );
});

it(`asks for more at every cut (seed ${seed})`, () => {
  fc.assert(
    fc.property(made, sizes, fc.nat(), (hello, cuts, cut) => {
      const whole = records(hello.message, cuts);
      // Every place near the ends, and one between.
      for (const at of [0, 1, 2, 3, 4, 5, 8, 9, cut % whole.length, whole.length - 1])
        expect(readClientHello(whole.subarray(0, at)), `cut at ${at}`).toEqual({ more: true });
    }),
    settings,
  );
});

it(`of the message behind the last record nothing is read (seed ${seed})`, () => {
  fc.assert(
    fc.property(made, bytes(40, 1), (hello, more) => {
      const whole = records([...hello.message, ...more], []);
      expect(readClientHello(whole)).toEqual(expected(hello));
    }),
    settings,
  );
});

it(`a length that does not fit is malformed, or another hello, never an error (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      made,
      sizes,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
      (hello, cuts, bends) => {
        const bent = records(hello.message, cuts);
        for (const [place, byte] of bends) bent[place % bent.length] = byte;
        const read = readClientHello(bent);
        expect(Object.keys(read)).toHaveLength(1);
        if ("bad" in read) expect(["not-tls", "too-large", "malformed"]).toContain(read.bad);
        if ("hello" in read) {
          expect(read.hello.serverName ?? "x").toMatch(/^[!-~]+$/);
          for (const each of read.hello.protocols) expect(each).toMatch(/^[!-~]*$/);
        }
      },
    ),
    settings,
  );
});

it(`is done after 16 KiB, whatever comes (seed ${seed})`, () => {
  fc.assert(
    fc.property(made, fc.integer({ min: 1, max: 5 }), fc.nat(255), (hello, size, filler) => {
      // A message that says it is as long as it may be, in the smallest records.
      const long = [1, ...wide(CLIENT_HELLO_BYTES_MAX - 4, 3), ...hello.message.slice(4)];
      const all = records(
        [...long, ...Array<number>(CLIENT_HELLO_BYTES_MAX - long.length).fill(filler)],
        Array<number>(20_000).fill(size),
      );
      expect("more" in readClientHello(all.subarray(0, CLIENT_HELLO_BYTES_MAX))).toBe(false);
      const random = new Uint8Array(CLIENT_HELLO_BYTES_MAX).fill(filler);
      expect("more" in readClientHello(random)).toBe(false);
    }),
    { ...settings, numRuns: 20 },
  );
});

// ── Beside OpenSSL ────────────────────────────────────────────────────────────────────────────────────────────────────

let server: Server;
let seen: { name: string | null; protocols: readonly string[] | null };
const sockets = new Set<Socket>();
beforeAll(async () => {
  server = createServer({
    ...(await selfSigned("any.example")),
    SNICallback: (name, done) => {
      seen.name = name.toLowerCase();
      done(null);
    },
    ALPNCallback: ({ protocols }) => {
      seen.protocols = protocols;
      return protocols[0];
    },
  });
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
});

/** What OpenSSL made of these bytes: null where it said nothing but an alert. */
async function openssl(hello: Uint8Array): Promise<typeof seen | null> {
  seen = { name: null, protocols: null };
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => {});
  const answer = new Promise<Buffer | null>((done) => {
    socket.once("data", done);
    socket.once("close", () => done(null));
  });
  // What is cut short is ended, so that the server does not wait.
  socket.end(hello);
  const first = await answer;
  socket.destroy();
  return first !== null && first[0] === 22 ? seen : null;
}

/** A hello that OpenSSL answers: TLS 1.2 by RSA or ECDHE with the curve of the certificate. */
const answered = made.map((hello): Made => {
  const { serverName, protocols, encrypted } = hello;
  const extensions = [
    ...(serverName === null
      ? []
      : [...wide(SERVER_NAME, 2), ...vector(2, vector(2, [0, ...vector(2, text(serverName))]))]),
    ...(protocols.length === 0
      ? []
      : [
          ...wide(PROTOCOLS, 2),
          ...vector(
            2,
            vector(
              2,
              protocols.flatMap((each) => vector(1, text(each))),
            ),
          ),
        ]),
    ...(encrypted ? [...wide(ECH, 2), ...vector(2, [0, 1, 2])] : []),
    ...[...wide(10, 2), ...vector(2, vector(2, [0x0a, 0x0a, 0, 23]))],
    ...[...wide(13, 2), ...vector(2, vector(2, [4, 3, 8, 4]))],
  ];
  const body = [
    3,
    3,
    ...Array<number>(32).fill(7),
    ...vector(1, []),
    ...vector(2, [0x0a, 0x0a, 0xc0, 0x2b]),
    ...vector(1, [0]),
    ...vector(2, extensions),
  ];
  return { serverName, protocols, encrypted, message: [1, ...vector(3, body)] };
});

it(`reads what OpenSSL reads (seed ${seed})`, { timeout: 60_000 }, async () => {
  let both = 0;
  await fc.assert(
    fc.asyncProperty(
      answered,
      sizes,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
      async (hello, cuts, bends) => {
        const bent = records(hello.message, cuts);
        // The random bytes are the same to both: what matters is behind them.
        for (const [place, byte] of bends) bent[43 + (place % (bent.length - 43))] = byte;
        const theirs = await openssl(bent);
        const ours = readClientHello(bent);
        if (theirs === null || !("hello" in ours)) return;
        both++;
        expect(ours.hello.serverName).toBe(theirs.name);
        if (theirs.protocols !== null) expect(ours.hello.protocols).toEqual(theirs.protocols);
      },
    ),
    { ...settings, numRuns: 150 * Number(process.env["FUZZ"] ?? "1") },
  );
  // Else nothing was compared.
  expect(both).toBeGreaterThan(35);
});
