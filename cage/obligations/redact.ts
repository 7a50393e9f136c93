// `redact`: what must not leave is taken out before the request is digested, signed, recorded and sent, and what must not come in before
// the answer is handed on. The record has the digests of both. A body that cannot be looked into is not let through unseen.

import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { REDACTED_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import type { Met, PlainValue } from "../point.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import { pointerSteps, replaceAt } from "./json-pointer.ts";
import { cannotOblige, type Denial, denial, type Obligation } from "./obligation.ts";

export interface RedactArgs {
  /** Names in small letters. */
  readonly fields: readonly string[];
  readonly pointers: readonly { readonly text: string; readonly steps: readonly string[] }[];
  readonly by: string;
  readonly of: "request" | "response";
}

/** They say how the message is read, or where it goes. */
const NOT_REDACTED = new Set(["host", "content-length", "content-encoding", "transfer-encoding", "connection"]);
/** Said of the body before it was changed: they would be wrong, and a digest of a short secret gives it away. */
const OF_THE_BODY = new Set(["content-digest", "repr-digest", "digest", "content-md5", "signature", "signature-input"]);
/** The same of an answer: its tag is made of its bytes, and may be compared with those of a guess. */
const OF_THE_ANSWER = new Set([...OF_THE_BODY, "etag"]);
/** What covers fields. */
const SIGNATURES = new Set(["signature", "signature-input"]);

export const redact: Obligation<RedactArgs> = {
  name: "redact",
  points: ["request", "body", "response"],
  tunnels: false,
  several: true,
  // The message that the rule is asked about; `of: response` may be said earlier.
  at: (args, point) => (point === "response" && args.of === "request" ? { ...args, of: "response" } : args),
  again: (args) => (args as { readonly of?: PlainValue }).of === undefined,
  check: (args) =>
    reading(() => {
      const read = new Arguments(args, ["fields", "json", "with", "of"]);
      const [fields, json] = [read.texts("fields") ?? [], read.texts("json") ?? []];
      if (fields.length === 0 && json.length === 0) misread("it names nothing to take out", "give `fields` or `json`");
      if (fields.length > REDACTED_MAX || json.length > REDACTED_MAX)
        misread("it names too much", `name at most ${REDACTED_MAX} places`);
      for (const name of fields)
        if (!/^[a-z0-9-]{1,128}$/.test(name) || NOT_REDACTED.has(name))
          misread(
            `\`${name.slice(0, 40)}\` is no field that can be taken out`,
            "write the name of another field in small letters",
          );
      const pointers = json.map((text) => ({
        text,
        steps:
          pointerSteps(text) ??
          misread(
            `\`${text.slice(0, 40)}\` is no JSON pointer to a part`,
            "write `/card/number`; `~1` for `/`, `~0` for `~`",
          ),
      }));
      const by = read.text("with") ?? "[redacted]";
      if (!/^[\x20-\x7e]{0,64}$/.test(by))
        misread("`with` is no printable ASCII of at most 64 characters", "write another text");
      return { fields, pointers, by, of: read.word("of", ["response"]) ?? "request" };
    }),
};

export interface Redacted {
  readonly fields: readonly Field[];
  readonly content: Uint8Array;
  /** Null: nothing of it was there. */
  readonly met: Met | null;
}

/** Of a head and a body that is whole. `all` are of one message. */
export function redacted(all: readonly RedactArgs[], fields: readonly Field[], content: Uint8Array): Redacted | Denial {
  const answer = all[0]?.of === "response";
  const refuse = (why: string): Denial =>
    answer ? denial("response-not-redacted", 502, `redact: ${why}`) : cannotOblige("redact", why);
  const replaced = new Map(all.flatMap(({ fields: names, by }) => names.map((name) => [name, by] as const)));
  let text: string | null = null;
  const pointers: string[] = [];
  const asking = all.filter((each) => each.pointers.length > 0);
  if (asking.length > 0 && content.length > 0) {
    const coding = fields.find(([name, value]) => name === "content-encoding" && value.toLowerCase() !== "identity");
    if (coding !== undefined) return refuse("the body has a content coding, so nobody looked into it");
    // A part of a value may be JSON itself, and is not found where it would be in the whole.
    if (fields.some(([name]) => name === "content-range")) return refuse("the body is a part of another one");
    if (!isUtf8(content)) return refuse("the body is no UTF-8");
    text = Buffer.from(content).toString("utf8");
    for (const args of asking) {
      const steps = args.pointers.map((each) => each.steps);
      const made = replaceAt(text, steps, args.by);
      if ("problem" in made) return refuse(`the body is no JSON with one reading: ${made.problem}`);
      pointers.push(...made.found.map((at) => args.pointers[at]!.text));
      text = made.text;
    }
  }
  const changed = pointers.length > 0;
  const after = changed ? new Uint8Array(Buffer.from(text!, "utf8")) : content;
  const names = fields.map(([name]) => name).filter((name) => replaced.has(name));
  // Of a body that is not here (HEAD, 304) the head may say what gives it away.
  const unseen = answer && asking.length > 0 && content.length === 0;
  const away = changed || unseen ? (answer ? OF_THE_ANSWER : OF_THE_BODY) : names.length > 0 ? SIGNATURES : NONE;
  const kept =
    away === NONE ? fields : fields.filter(([name]) => !away.has(name) && !(unseen && name === "content-length"));
  const said = kept.map(
    ([name, value]): Field => [
      name,
      replaced.get(name) ?? (answer && changed && name === "content-length" ? String(after.length) : value),
    ],
  );
  if (!changed && names.length === 0) return { fields: unseen ? said : fields, content, met: null };
  return {
    fields: said,
    content: after,
    met: {
      name: "redact",
      found: {
        ...(answer ? { of: "response" } : {}),
        fields: [...new Set(names)].sort(),
        json: [...new Set(pointers)].sort(),
        ...(changed ? { before: sha256(content), after: sha256(after) } : {}),
      },
    },
  };
}

const NONE: ReadonlySet<string> = new Set();
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
