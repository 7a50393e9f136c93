// Messages of the tests, from what stands on the wire.
import { readTarget } from "../../../../cage/message/target.ts";
import type { Message, RequestMessage } from "../../../../cage/signature/index.ts";

export interface WireMessage {
  readonly kind: "request" | "response";
  readonly method?: string;
  readonly target?: string;
  readonly status?: number;
  readonly headers: readonly (readonly [string, string])[];
}

export function messageFrom(wire: WireMessage, request?: WireMessage): Message {
  const fields = wire.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  if (wire.kind === "response")
    return {
      kind: "response",
      status: wire.status as number,
      fields,
      request: request === undefined ? null : (messageFrom(request) as RequestMessage),
    };
  const target = readTarget(wire.target as string);
  if ("refused" in target) throw new Error(target.detail);
  return {
    kind: "request",
    method: wire.method as string,
    scheme: target.scheme ?? "https",
    authority: (fields.find(([name]) => name === "host")?.[1] ?? "").toLowerCase(),
    target: wire.target as string,
    path: target.path,
    query: target.query,
    fields,
  };
}
