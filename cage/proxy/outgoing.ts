// A request on its way out: where it goes, and the bytes that are sent. They are made of the canonical head alone.
import type { IncomingMessage } from "node:http";
import type { Dispatcher } from "undici";
import type { Address } from "../dial.ts";
import { type Head, hostField, originForm } from "../message/head.ts";
import { PEER_FIELD } from "./peer.ts";
import type { PoolOf } from "./pools.ts";
import type { Upstream } from "./upstreams.ts";

/** The pool of connections for the place that was decided; null when there is no address. */
export function placeOf(upstream: Upstream | "own", head: Head, address: Address | null): PoolOf | null {
  if (upstream !== "own" && upstream.kind === "path") {
    const { name: host, path } = upstream;
    return { scheme: "http", host, literal: false, port: 0, destination: { kind: "path", path } };
  }
  if (address === null) return null;
  const { scheme, host, literal, port } = upstream === "own" ? head : upstream;
  return { scheme, host, literal, port, destination: { kind: "address", address, port } };
}

/** `content`: what is sent as the body; `length`: of one that is passed on as it comes, where it was announced; `decided`: names the record of
 *  this to the cage of the upstream, where one is known to be there. */
export function optionsOf(
  head: Head,
  to: PoolOf,
  {
    content,
    length,
    decided,
  }: {
    readonly content: Buffer | IncomingMessage | null;
    readonly length: number | null;
    readonly decided: string | null;
  },
): Dispatcher.DispatchOptions {
  const headers: string[] = ["host", hostField(head)];
  for (const field of head.fields) headers.push(field[0], field[1]);
  if (decided !== null) headers.push(PEER_FIELD, decided);
  if (length !== null) headers.push("content-length", String(length));
  return {
    path: originForm(head),
    method: head.method,
    headers,
    body: content,
    // undici closes a connection whose name changes; the connector has checked it for the name of the pool.
    servername: to.host,
  } as Dispatcher.DispatchOptions;
}

/** The answer of a person is for the cage alone, so it is dropped from the head that is sent. */
export function stepUpOf(raw: readonly string[]): string | null {
  for (let at = 0; at < raw.length; at += 2) if (raw[at]!.toLowerCase() === "cage-step-up") return raw[at + 1]!;
  return null;
}
