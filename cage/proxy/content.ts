// A body that a rule or an obligation reads: held whole, up to a bound, and handed on as text of JSON.
import { createHash, type Hash, hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { fromUtf8 } from "../../core/index.ts";
import type { Field } from "../message/fields.ts";

export const sha256 = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");
export const startHash = (): Hash => createHash("sha256");

/** The type of a body without its parameters, in small letters. */
export function mediaOf(fields: readonly Field[]): string | undefined {
  for (const [name, value] of fields) {
    if (name !== "content-type") continue;
    const end = value.indexOf(";");
    return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
  }
  return undefined;
}

export const isJson = (media: string | undefined): boolean =>
  media !== undefined && (media === "application/json" || media.endsWith("+json"));

/** All bytes of the body, or the word for why there are not all. `take` is asked before bytes are held, and told to give them back by
 *  a negative number. `stoppable` gets what ends it early. */
export function holdBody(
  request: IncomingMessage,
  bytesMax: number,
  take: (bytes: number) => boolean,
  stoppable: (stop: () => void) => void,
): Promise<{ readonly body: Buffer } | { readonly problem: "body-too-large" | "busy" | "body-cut" }> {
  return new Promise((done) => {
    const parts: Buffer[] = [];
    let size = 0;
    const end = (
      result: { readonly body: Buffer } | { readonly problem: "body-too-large" | "busy" | "body-cut" },
    ): void => {
      request.removeListener("data", onData);
      request.removeListener("end", onEnd);
      request.removeListener("close", onClose);
      if ("problem" in result) {
        request.pause();
        take(-size);
      }
      done(result);
    };
    const onData = (part: Buffer): void => {
      if (size + part.length > bytesMax) return end({ problem: "body-too-large" });
      if (!take(part.length)) return end({ problem: "busy" });
      size += part.length;
      parts.push(part);
    };
    const onEnd = (): void => end({ body: parts.length === 1 ? parts[0]! : Buffer.concat(parts, size) });
    const onClose = (): void => end({ problem: "body-cut" });
    // Closed while something else was waited for: no event comes any more.
    if (request.destroyed && !request.readableEnded) return end({ problem: "body-cut" });
    stoppable(onClose);
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("close", onClose);
  });
}

/** The text of a JSON body; undefined when it is no UTF-8. The gate reads it: strictly, and with all digits. */
export const jsonOf = (body: Buffer): string | undefined => fromUtf8(body);
