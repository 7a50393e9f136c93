// What undici and the connector say of an exchange that failed, as words of the proxy.
import type { UpstreamTlsWord } from "../tls/problems.ts";
import { DialError } from "./connector.ts";
import type { ProxyWord } from "./words.ts";

const WORDS: Readonly<Record<string, ProxyWord>> = {
  UND_ERR_HEADERS_TIMEOUT: "upstream-slow",
  UND_ERR_BODY_TIMEOUT: "upstream-stalled",
  UND_ERR_HEADERS_OVERFLOW: "upstream-head-too-large",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "upstream-cut",
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "body-cut",
  // A status that is none.
  ERR_ASSERTION: "upstream-malformed",
  UND_ERR_DESTROYED: "stopping",
  UND_ERR_CLOSED: "stopping",
};

/** `answering`: the head of the answer was there already. */
export function wordOf(error: Error & { readonly code?: string }, answering: boolean): ProxyWord | UpstreamTlsWord {
  if (error instanceof DialError) return error.word;
  const code = error.code ?? "";
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && !answering) return "upstream-malformed";
  const known = WORDS[code];
  if (known !== undefined) return known;
  if (code.startsWith("HPE_") || error.name === "HTTPParserError")
    return answering ? "upstream-cut" : "upstream-malformed";
  if (
    code === "UND_ERR_SOCKET" ||
    code === "ECONNRESET" ||
    code === "EPIPE" ||
    code === "UND_ERR_ABORTED" ||
    code === "UND_ERR_INFO"
  )
    return answering ? "upstream-cut" : "upstream-closed";
  return "internal";
}
