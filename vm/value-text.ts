// Values as text for people who look inside a machine: disassembly, traces, test output. Not canonical and not read back.
import { hex } from "../core/bytes.ts";
import { Decimal } from "./decimal.ts";
import { ErrorValue, MapValue, type Value } from "./value.ts";

/** One line of at most about `most` characters; what does not fit is `…`. */
export function showValue(value: Value, most = 120): string {
  const room = { left: most };
  return show(value, room, 0);
}

function show(value: Value, room: { left: number }, depth: number): string {
  if (room.left <= 0 || depth > 8) {
    room.left--;
    return "…";
  }
  const put = (text: string): string => {
    const cut = text.length > room.left ? `${text.slice(0, Math.max(0, room.left))}…` : text;
    room.left -= text.length;
    return cut;
  };
  if (value === undefined) return put("unknown");
  if (value === null) return put("null");
  if (typeof value === "string") return put(JSON.stringify(value));
  if (typeof value !== "object") return put(String(value));
  if (value instanceof Decimal) return put(value.toString());
  if (value instanceof Uint8Array) return put(`0x${hex(value.subarray(0, 64))}`);
  if (value instanceof ErrorValue) return put(`error ${value.code}${value.about === "" ? "" : ` (${value.about})`}`);
  if (value instanceof MapValue) {
    const parts: string[] = [];
    for (let i = 0; i < value.keys.length && room.left > 0; i++)
      parts.push(`${put(JSON.stringify(value.keys[i]!))}: ${show(value.values[i], room, depth + 1)}`);
    return `{${parts.join(", ")}${parts.length < value.keys.length ? ", …" : ""}}`;
  }
  room.left -= 2; // brackets count, or lists of lists would go on
  const parts: string[] = [];
  for (let i = 0; i < value.length && room.left > 0; i++) parts.push(show(value[i], room, depth + 1));
  return `[${parts.join(", ")}${parts.length < value.length ? ", …" : ""}]`;
}
