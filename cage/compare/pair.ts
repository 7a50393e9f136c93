// One pair: two records of one exchange, part by part. What one of them does not know, or has masked, is no difference.
import type { PlainRecord } from "../point.ts";
import type { Difference, Named, Part } from "./report.ts";
import { type Content, isMasked, type Row } from "./rows.ts";

/** `whole`: all of it is known to both. */
export function differencesOf(
  client: Row,
  server: Row,
): { readonly differences: readonly Difference[]; readonly whole: boolean } {
  const differences: Difference[] = [];
  let whole = true;
  const hold = (part: Part, a: string | null, b: string | null, same = a === b): void => {
    if (a === null || b === null) whole = false;
    else if (!same) differences.push({ part, client: a, server: b });
  };
  // What one of them named must be the other one. What was not named is no difference.
  const told = client.peer;
  if (told !== null && told.receipt !== null)
    hold("record", `${told.exchange} ${told.receipt}`, `${server.exchange} ${server.leaf}`);
  const { peer } = server;
  if (peer !== null && peer.receipt !== null)
    hold("record", `${client.exchange} ${client.leaf}`, `${peer.exchange} ${peer.receipt}`);
  hold("method", client.method, server.method);
  const [a, b] = targets(client, server);
  hold("target", a, b);
  const sent = contents(client.sent, server.sent);
  hold("request", sent.client, sent.server);
  hold("decision", saidOf(client), saidOf(server), isSaid(client, server));
  hold("status", textOr(client.status), textOr(server.status));
  const answer = contents(client.answer, server.answer);
  hold("answer", answer.client, answer.server);
  return { differences, whole: whole && !hasMask(client) && !hasMask(server) };
}

const textOr = (value: number | null): string | null => (value === null ? null : String(value));
const saidOf = ({ decision, reason }: Row): string | null =>
  decision === null ? null : reason === null ? decision : `${decision} ${reason}`;

/** An answer that was begun with `allow` may have ended otherwise. */
const isSaid = (client: Row, server: Row): boolean =>
  saidOf(client) === saidOf(server) || (client.decision === "allow" && server.let);

const hasMask = ({ query }: Row): boolean => query !== null && Object.values(query).some(isMasked);

/** Null where a part is not known to one of them. Values that one of them has masked are left out of both. */
function targets(a: Row, b: Row): readonly [string | null, string | null] {
  const hidden = new Set(
    [a, b].flatMap(({ query }) =>
      Object.entries(query ?? {}).flatMap(([name, value]) => (isMasked(value) ? name : [])),
    ),
  );
  const of = ({ host, path, query }: Row): string | null =>
    host === null || path === null || query === null ? null : `${host}${path}${queryText(query, hidden)}`;
  return [of(a), of(b)];
}

function queryText(query: PlainRecord, hidden: ReadonlySet<string>): string {
  const names = Object.keys(query).sort();
  const parts = names.map((name) => `${name}=${hidden.has(name) ? "•••" : String(query[name])}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** As texts that are equal where what both know is. */
function contents(
  a: Content | null,
  b: Content | null,
): { readonly client: string | null; readonly server: string | null } {
  if (a === null || b === null) return { client: null, server: null };
  const size = a.size !== null && b.size !== null;
  const digest = a.digest !== null && b.digest !== null;
  // One has bytes, and the other none: then there is one digest.
  const empty = (a.size === 0) !== (b.size === 0);
  if (!size && !digest && !empty) return { client: null, server: null };
  const text = (of: Content): string =>
    of.size === 0
      ? "no body"
      : [
          ...(size && of.size !== null ? [`${of.size} bytes`] : []),
          ...((digest || empty) && of.digest !== null ? [`sha256 ${of.digest}`] : []),
        ].join(", ");
  return { client: text(a), server: text(b) };
}

/** A row as a finding names it. */
export function named({ index, leaf, exchange, at, method, host, path }: Row): Named {
  const what = host === null ? "a request that was refused" : `${method ?? "•••"} ${host}${path ?? "•••"}`;
  return { index, leaf, exchange, at, what };
}
