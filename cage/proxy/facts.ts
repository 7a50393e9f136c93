// What is asked about a head, and what of it is recorded once it is known what is sent, and where.
import type { Address } from "../dial.ts";
import type { Head } from "../message/head.ts";
import type { Facts, Met } from "../point.ts";
import type { Connection } from "./connection.ts";
import { mediaOf } from "./content.ts";
import { PEER_FIELD, peerOf } from "./peer.ts";

export type FactsDraft = { -readonly [K in keyof Facts]: Facts[K] };

/** One object, filled once: it is asked, recorded and asked again. `raw`: the fields as they came, names and values in turn. */
export function factsOf(exchange: string, head: Head, from: Connection, raw: readonly string[]): FactsDraft {
  const { direction, intercepted, caller, sni } = from;
  const facts: FactsDraft = {
    exchange,
    direction: direction.kind === "egress" || intercepted !== null ? "egress" : "ingress",
    visibility: intercepted === null ? "full" : "intercepted",
    scheme: head.scheme,
    host: head.host,
    port: head.port,
    method: head.method,
    path: head.path,
    query: head.query,
    fields: head.fields,
    caller,
    dropped: head.dropped,
  };
  if (head.body.kind === "length") {
    const media = mediaOf(head.fields);
    facts.content = media === undefined ? { size: head.body.bytes } : { size: head.body.bytes, media };
  }
  if (sni !== null) facts.sni = sni;
  // Of a head without it nothing was dropped.
  if (direction.kind === "ingress" && intercepted === null && head.dropped.includes(PEER_FIELD)) {
    const peer = peerOf(raw);
    if (peer !== null) facts.peer = peer;
  }
  return facts;
}

/** `came`: the head that was asked about. The facts themselves when nothing is to be added. */
export function factsToRecord(
  asked: Facts,
  {
    came,
    sent,
    dialled,
    met,
  }: { readonly came: Head; readonly sent: Head; readonly dialled: Address | null; readonly met: readonly Met[] },
): Facts {
  if (sent === came && met.length === 0 && (dialled ?? undefined) === asked.dialled) return asked;
  return {
    ...asked,
    ...(dialled === null ? {} : { dialled }),
    ...(met.length === 0 ? {} : { met }),
    ...(sent === came ? {} : { sent: sent.fields }),
  };
}
