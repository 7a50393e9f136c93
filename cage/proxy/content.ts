// A body that a rule or an obligation reads: held whole, up to a bound, and read as JSON in the one way that no two readers disagree on.
import { createHash, type Hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { fromUtf8 } from "../../core/index.ts";
import { Decimal, formatDecimal, MapValue, parseDecimal, readJson, type Value } from "../../vm/index.ts";
import { BODY_JSON_DEPTH_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import type { PlainValue } from "../point.ts";

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
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
 *  a negative number. */
export function holdBody(
  request: IncomingMessage,
  bytesMax: number,
  take: (bytes: number) => boolean,
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
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("close", onClose);
  });
}

/** The value of a JSON body; undefined when readers could take it for different values. */
export function jsonOf(body: Buffer): PlainValue | undefined {
  const text = fromUtf8(body);
  if (text === undefined) return undefined;
  const read = readJson(text);
  return "value" in read ? plainOf(read.value, 0) : undefined;
}

/** Undefined for what goes too deep, and for a fraction whose digits a number does not keep. */
function plainOf(value: Value, depth: number): PlainValue | undefined {
  if (depth > BODY_JSON_DEPTH_MAX) return undefined;
  if (value instanceof MapValue) {
    const out: Record<string, PlainValue> = Object.create(null) as Record<string, PlainValue>;
    for (let at = 0; at < value.keys.length; at++) {
      const item = plainOf(value.values[at] as Value, depth + 1);
      if (item === undefined) return undefined;
      out[value.keys[at]!] = item;
    }
    return out;
  }
  if (Array.isArray(value)) {
    const out: PlainValue[] = [];
    for (const each of value as readonly Value[]) {
      const item = plainOf(each, depth + 1);
      if (item === undefined) return undefined;
      out.push(item);
    }
    return out;
  }
  if (value instanceof Decimal) {
    const number = Number(formatDecimal(value));
    const back = parseDecimal(String(number));
    return back instanceof Decimal && back.coefficient === value.coefficient && back.exponent === value.exponent
      ? number
      : undefined;
  }
  return value as PlainValue;
}
