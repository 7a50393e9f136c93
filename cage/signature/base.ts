// The text that is signed: one line for each component, then the parameters. Source: RFC 9421 sections 2.1, 2.2, 2.5.
import { type Parameters, serializeInnerList, serializeItem } from "structured-headers";
import { fromUtf8 } from "../../core/index.ts";
import { SIGNATURE_BASE_BYTES_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import type { Component } from "./component.ts";
import type { Message, RequestMessage } from "./message.ts";
import { fail } from "./problems.ts";
import { bytesText, memberText, type StructuredType, strictText } from "./structured.ts";

/** Fields that are structured by their own documents: RFC 9421, 9530, 9218, 9211, 9209, 9440. */
const STRUCTURED: Readonly<Record<string, StructuredType>> = {
  "accept-signature": "dictionary",
  "cache-status": "list",
  "client-cert": "item",
  "client-cert-chain": "list",
  "content-digest": "dictionary",
  priority: "dictionary",
  "proxy-status": "list",
  "repr-digest": "dictionary",
  signature: "dictionary",
  "signature-input": "dictionary",
  "want-content-digest": "dictionary",
  "want-repr-digest": "dictionary",
};

/** `"@signature-params"`: the components and parameters as one structured value. */
export const paramsText = (components: readonly Component[], params: Parameters): string =>
  serializeInnerList([components.map(({ item }) => item), params]);

/** `at` names the signature in problems. */
export function signatureBase(
  message: Message,
  components: readonly Component[],
  params: Parameters,
  at: string,
): string {
  const lines = components.map(
    (component) => `${serializeItem(component.item)}: ${componentValue(component, message, at)}`,
  );
  lines.push(`"@signature-params": ${paramsText(components, params)}`);
  const base = lines.join("\n");
  // Invariant: every line is printable ASCII, so no value can look like another line.
  return base.length > SIGNATURE_BASE_BYTES_MAX ? fail("base-too-large", at) : base;
}

function componentValue(component: Component, message: Message, at: string): string {
  const place = `${at} ${serializeItem(component.item)}`;
  let source: Message = message;
  if (component.req) {
    if (message.kind === "request") return fail("bad-component", place, "`req` is for responses");
    if (message.request === null) return fail("missing-component", place, "the request is not known");
    source = message.request;
  }
  const value = component.name.startsWith("@") ? derived(component, source, place) : field(component, source, place);
  return /^[\t\x20-\x7e]*$/.test(value) ? value : fail("component-value", place);
}

function derived(component: Component, message: Message, place: string): string {
  if (component.name === "@status")
    return message.kind === "response"
      ? String(message.status)
      : fail("bad-component", place, "a request has no status");
  if (message.kind === "response")
    return fail("bad-component", place, "a response has it only of its request, with `req`");
  const { method, scheme, authority, target, path, query } = message;
  switch (component.name) {
    case "@method":
      return method;
    case "@target-uri":
      return `${scheme}://${authority}${path}${query === null ? "" : `?${query}`}`;
    case "@authority":
      return authority;
    case "@scheme":
      return scheme;
    case "@request-target":
      return target;
    case "@path":
      return path;
    case "@query":
      return `?${query ?? ""}`;
    default:
      return queryParam(message, component.param as string, place);
  }
}

/** The one parameter of this name. Source: RFC 9421 section 2.2.8, with the form parser of the URL standard. */
function queryParam({ query }: RequestMessage, name: string, place: string): string {
  const pairs = (query ?? "")
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const mark = pair.indexOf("=");
      return mark < 0 ? ([pair, ""] as const) : ([pair.slice(0, mark), pair.slice(mark + 1)] as const);
    });
  const found = pairs.filter(([each]) => respell(each, place) === name);
  if (found.length > 1) fail("ambiguous-component", place);
  return found[0] === undefined ? fail("missing-component", place) : respell(found[0][1], place);
}

/** Decoded as a form does, and encoded in one way. */
function respell(text: string, place: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const triple = /^%[0-9a-fA-F]{2}/.exec(text.slice(at, at + 3));
    if (triple !== null) {
      bytes.push(Number.parseInt(triple[0].slice(1), 16));
      at += 2;
    } else bytes.push(text[at] === "+" ? 0x20 : text.charCodeAt(at));
  }
  const decoded = fromUtf8(Uint8Array.from(bytes));
  if (decoded === undefined) return fail("component-value", place, "the parameter is no UTF-8");
  return encodeURIComponent(decoded).replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function field(component: Component, message: Message, place: string): string {
  const { name, tr, bs, sf, key } = component;
  const lines = valuesOf(tr ? (message.trailers ?? []) : message.fields, name);
  if (lines.length === 0) return fail("missing-component", place);
  if (bs) return lines.map((line) => bytesText(Buffer.from(line, "latin1"))).join(", ");
  const text = lines.join(", ");
  if (key !== null) return memberText(text, key, place) ?? fail("missing-component", place);
  if (!sf) return text;
  const type = message.structured?.[name] ?? STRUCTURED[name];
  return type === undefined
    ? fail("bad-component", place, "the structured type of the field is not known")
    : strictText(text, type, place);
}

/** The values of a field, one for each line, without folds and spaces around. */
export const valuesOf = (fields: readonly Field[], name: string): string[] =>
  fields
    .filter(([each]) => each === name)
    .map(([, value]) => value.replace(/[ \t]*\r?\n[ \t]+/g, " ").replace(/^[ \t]+|[ \t]+$/g, ""));
