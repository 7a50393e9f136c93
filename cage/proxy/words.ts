// Why an exchange did not go as it should, beside what a policy, a signature or a head says: one word each, with the status the caller
// gets. They are in answers, records and metrics, so they are part of the format.
import { REFUSALS } from "../message/refusals.ts";
import { obligationMeaning } from "../obligations/words.ts";
import { TUNNEL_PROBLEMS, type TunnelWord, UPSTREAM_TLS_PROBLEMS, type UpstreamTlsWord } from "../tls/problems.ts";

export const PROXY_WORDS = {
  // What the caller sent
  malformed: [400, "the bytes are no HTTP/1.1 request"],
  "head-too-large": [431, "the head is too large"],
  "head-slow": [408, "the head did not come in time"],
  "body-too-large": [413, "the body is too large"],
  "body-slow": [408, "the body did not come in time"],
  "body-cut": [400, "the body ended before its length"],
  "bad-json": [400, "the body is no JSON that is read in one way"],
  pipelined: [503, "too many requests of one connection are under way"],
  "no-tunnels": [501, "this cage has no tunnels: send the request in absolute form"],
  misdirected: [421, "the request is for another host than its connection was opened for"],
  "client-certificate": [403, "the certificate of the caller is not one that is taken"],
  "too-many-connections": [499, "as many connections are open as may be, or as may be of one address"],
  "handshake-failed": [499, "the TLS of the caller did not come to be"],
  "caller-left": [499, "the caller went away"],
  "caller-stalled": [499, "the caller stopped reading"],
  // What was decided
  denied: [403, "the policy does not allow this"],
  "cannot-oblige": [403, "the policy asks for what cannot be done here"],
  "address-not-global": [403, "the host has an address that no rule names"],
  "metadata-address": [403, "the host is a metadata service"],
  "no-route": [502, "the policy names no upstream that there is"],
  "response-denied": [502, "the policy does not allow the answer"],
  // The cage itself
  "ledger-down": [503, "the decision cannot be recorded, so it is not acted on"],
  "clock-back": [503, "the clock of the cage is not to be believed"],
  unwitnessed: [503, "the ledger was not cosigned by its witnesses for too long"],
  busy: [503, "too much is under way"],
  stopping: [503, "the cage is stopping"],
  internal: [500, "the cage made a mistake"],
  // The upstream
  "name-unknown": [502, "the name of the host is not known"],
  "no-address": [502, "the name of the host has no address"],
  "too-many-addresses": [502, "the name of the host has too many addresses"],
  unreachable: [502, "nothing answers at the address of the host"],
  "dial-timeout": [504, "no connection to the host was made in time"],
  moved: [502, "the connection leads elsewhere than was decided"],
  "upstream-closed": [502, "the host closed the connection before it answered"],
  "upstream-slow": [504, "the host did not answer in time"],
  "upstream-malformed": [502, "the host did not answer in HTTP/1.1"],
  "upstream-head-too-large": [502, "the head of the answer is too large"],
  "upstream-cut": [502, "the answer ended before its length"],
  "upstream-stalled": [504, "the answer stopped coming"],
  "too-long": [504, "the exchange took too long"],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>;

export type ProxyWord = keyof typeof PROXY_WORDS;

/** Status and meaning of any word of the cage; what comes from a policy or an obligation and is in no table is a denial. */
export function meaningOf(word: string): readonly [status: number, meaning: string] {
  if (Object.hasOwn(TUNNEL_PROBLEMS, word)) {
    const [status, , meaning] = TUNNEL_PROBLEMS[word as TunnelWord];
    return [status, meaning];
  }
  if (Object.hasOwn(UPSTREAM_TLS_PROBLEMS, word))
    return [word === "upstream-tls-timeout" ? 504 : 502, UPSTREAM_TLS_PROBLEMS[word as UpstreamTlsWord]];
  return (
    (PROXY_WORDS as Readonly<Record<string, readonly [number, string]>>)[word] ??
    (REFUSALS as Readonly<Record<string, readonly [number, string]>>)[word] ??
    obligationMeaning(word) ?? [403, "the policy does not allow this"]
  );
}
