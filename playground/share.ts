// A text in the address behind `#`, which a browser does not send to a server: deflated, in base64url.
import { ADDRESS_UNITS_MAX, SHARED_UNITS_MAX } from "./limits.ts";

const PREFIX = "#text=";

/** What stands behind the address of the page; null when the text is too long for one. */
export async function fragmentOf(text: string): Promise<string | null> {
  if (text.length > SHARED_UNITS_MAX) return null;
  const packed = await through(
    new Blob([text]).stream(),
    new CompressionStream("deflate-raw"),
    Number.MAX_SAFE_INTEGER,
  );
  if (packed === null) return null;
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  const fragment = PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return fragment.length > ADDRESS_UNITS_MAX ? null : fragment;
}

/** The text of such an address; null when there is none, or it is not whole. */
export async function textOfFragment(fragment: string): Promise<string | null> {
  if (!fragment.startsWith(PREFIX) || fragment.length > ADDRESS_UNITS_MAX) return null;
  try {
    const binary = atob(fragment.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
    const bytes = await through(
      new Blob([packed]).stream(),
      new DecompressionStream("deflate-raw"),
      3 * SHARED_UNITS_MAX,
    );
    return bytes === null ? null : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** All of a stream, or null when it is longer. */
async function through(
  from: ReadableStream<Uint8Array>,
  by: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = from.pipeThrough(by as unknown as ReadableWritablePair<Uint8Array, Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
