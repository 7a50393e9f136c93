// A request as it leaves: read as the cage will read it, its body held and digested, signed, and addressed to the cage or to the origin.
import { randomBytes } from "node:crypto";
import { stringify } from "node:querystring";
import type { Dispatcher } from "undici";
import { CLIENT_BODY_BYTES_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import { type Head, hostField, originForm, readHead } from "../message/head.ts";
import { componentOf } from "../signature/component.ts";
import { digestField } from "../signature/digest.ts";
import { messageOf, type RequestMessage } from "../signature/message.ts";
import { fail } from "../signature/problems.ts";
import { type MessageSigner, signMessage } from "../signature/sign.ts";

export interface ClientSign {
  readonly signer: MessageSigner;
  /** Beside the digest of a body and its type, which are always covered. Method and target by default. */
  readonly cover?: readonly string[];
  /** `sig1` by default. */
  readonly label?: string;
  readonly tag?: string;
  /** Seconds for which the signature is good; the verifier has its own bound. */
  readonly validFor?: number;
}

export interface Prepared {
  readonly options: Dispatcher.DispatchOptions;
  readonly message: RequestMessage;
}

/** `through`: origin of the cage, or null. `now`: seconds since 1970. Throws SignatureError. */
export async function prepare(
  options: Dispatcher.DispatchOptions,
  { sign, through, now }: { sign: ClientSign | null; through: string | null; now: number },
): Promise<Prepared> {
  const { query: _, ...rest } = options;
  const held = sign === null ? null : await contentOf(options.body);
  const head = headOf(options);
  // As the origin gets it from the cage: in absolute form it goes no further than that.
  const url = `${head.scheme}://${hostField(head)}${originForm(head)}`;
  const read = messageOf(
    held === null ? head : { ...head, body: { kind: "length", bytes: held.length } },
    through === null ? originForm(head) : url,
  );
  const message = sign === null ? read : await signed(read, held, sign, now);
  return {
    options: {
      ...rest,
      origin: through ?? `${head.scheme}://${hostField(head)}`,
      path: message.target,
      headers: message.fields.flat(),
      body: sign === null ? (options.body ?? null) : held,
    },
    message,
  };
}

async function signed(
  read: RequestMessage,
  held: Buffer | null,
  sign: ClientSign,
  now: number,
): Promise<RequestMessage> {
  const { signer, cover = ["@method", "@target-uri"], label = "sig1", tag, validFor } = sign;
  const all = [...cover];
  const also = (name: string): void => {
    if (!all.some((each) => componentOf(each).id === `"${name}"`)) all.push(name);
  };
  let fields: readonly Field[] = read.fields;
  if (held !== null) {
    fields = [...fields.filter(([name]) => name !== "content-digest"), ["content-digest", digestField(held)]];
    also("content-digest");
    if (fields.some(([name]) => name === "content-type")) also("content-type");
  }
  const made = await signMessage(
    { ...read, fields },
    {
      signer,
      cover: all,
      label,
      created: now,
      nonce: randomBytes(18).toString("base64url"),
      ...(validFor === undefined ? {} : { expires: now + validFor }),
      ...(tag === undefined ? {} : { tag }),
    },
  );
  return {
    ...read,
    fields: [...fields, ["signature-input", made["signature-input"]], ["signature", made.signature]],
  };
}

function headOf({ origin, path, query, method, headers, upgrade }: Dispatcher.DispatchOptions): Head {
  if (upgrade || method === "CONNECT") fail("bad-request", "method", "no other protocol is spoken");
  const search = stringify(query as Record<string, string>);
  const target = `${String(origin).replace(/\/$/, "")}${path}${search === "" ? "" : `?${search}`}`;
  const fields = fieldsOf(headers);
  if (!fields.some(([name]) => name.toLowerCase() === "host")) fields.push(["host", new URL(target).host]);
  const head = readHead({ method, target, version: "1.1", fields: fields.flat() }, { kind: "egress" });
  return "refused" in head ? fail("bad-request", "request", `${head.refused}: ${head.detail}`) : head;
}

/** Undici takes fields in four forms. */
function fieldsOf(headers: Dispatcher.DispatchOptions["headers"]): [string, string][] {
  if (headers === undefined || headers === null) return [];
  const fields: [string, string][] = [];
  const add = (name: string, value: unknown): void => {
    if (value === undefined || value === null) return;
    for (const each of Array.isArray(value) ? value : [value]) fields.push([name, String(each)]);
  };
  if (Array.isArray(headers) && headers.every((each) => typeof each === "string"))
    for (let at = 0; at < headers.length; at += 2) add(headers[at] as string, headers[at + 1]);
  else if (Symbol.iterator in headers)
    for (const [name, value] of headers as Iterable<[string, string | string[] | undefined]>) add(name, value);
  else for (const [name, value] of Object.entries(headers)) add(name, value);
  return fields;
}

/** The whole body; null when there is none. */
async function contentOf(body: unknown): Promise<Buffer | null> {
  if (body === undefined || body === null) return null;
  if (typeof body === "string") return bounded(Buffer.from(body));
  if (ArrayBuffer.isView(body)) return bounded(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  if (body instanceof ArrayBuffer) return bounded(Buffer.from(body));
  if (body instanceof Blob) return bounded(Buffer.from(await body.arrayBuffer()));
  const parts = body as AsyncIterable<unknown> & Iterable<unknown> & { readonly [Symbol.toStringTag]?: string };
  // Undici and the host have each their own class of forms.
  const form = parts[Symbol.toStringTag] === "FormData";
  if (form || !(Symbol.asyncIterator in parts || Symbol.iterator in parts))
    return fail("body-kind", "body", "a form has no bytes before it is sent; use the fetch of the client");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const part of parts) {
    if (typeof part !== "string" && !ArrayBuffer.isView(part)) return fail("body-kind", "body");
    const chunk =
      typeof part === "string" ? Buffer.from(part) : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    bytes += chunk.length;
    if (bytes > CLIENT_BODY_BYTES_MAX) fail("body-too-large", "body");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const bounded = (content: Buffer): Buffer =>
  content.length > CLIENT_BODY_BYTES_MAX ? fail("body-too-large", "body") : content;
