// `cage-decision` as another cage wrote it: on an answer it names the record of the cage before the upstream, on a request that of the
// caller's cage. Anybody can write it, so it is read strictly, kept in the record, and decides nothing. `answers.ts` writes it.
import { PEER_FIELD_MAX } from "../limits.ts";
import type { Peer } from "../point.ts";

export const PEER_FIELD = "cage-decision";

const FORM =
  /^(allow|deny);exchange="([!#-[\]-~]{1,64})"(?:;reason=([a-z][a-z0-9-]{0,63}))?(?:;receipt="([0-9a-f]{64})")?$/;

/** Null for whatever a cage would not have written. */
export function readPeer(text: string): Peer | null {
  const parts = text.length > PEER_FIELD_MAX ? null : FORM.exec(text);
  if (parts === null) return null;
  const [, decision, exchange, reason = null, receipt = null] = parts;
  return { decision: decision as Peer["decision"], exchange: exchange!, reason, receipt };
}

/** Of fields as they came. Null, too, where it stands twice: one of the two is a lie. */
export function peerOf(raw: readonly string[]): Peer | null {
  let found: string | null = null;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (name.length !== PEER_FIELD.length || name.toLowerCase() !== PEER_FIELD) continue;
    if (found !== null) return null;
    found = raw[at + 1]!;
  }
  return found === null ? null : readPeer(found);
}
