// `redact`: what must not leave is taken out before the request is digested, signed, recorded and sent. The record has the digests of
// both. A body that cannot be looked into is not let through unseen.

import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { REDACTED_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import type { Met } from "../point.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import { pointerSteps, replaceAt } from "./json-pointer.ts";
import { cannotOblige, type Denial, type Obligation } from "./obligation.ts";

export interface RedactArgs {
  /** Names in small letters. */
  readonly fields: readonly string[];
  readonly pointers: readonly { readonly text: string; readonly steps: readonly string[] }[];
  readonly by: string;
}

/** They say how the message is read, or where it goes. */
const NOT_REDACTED = new Set(["host", "content-length", "content-encoding", "transfer-encoding", "connection"]);
/** Said of the body before it was changed: they would be wrong, and a digest of a short secret gives it away. */
const OF_THE_BODY = new Set(["content-digest", "repr-digest", "digest", "content-md5", "signature", "signature-input"]);

export const redact: Obligation<RedactArgs> = {
  name: "redact",
  points: ["request", "body"],
  tunnels: false,
  several: true,
  check: (args) =>
    reading(() => {
      const read = new Arguments(args, ["fields", "json", "with"]);
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
      return { fields, pointers, by };
    }),
};

export interface Redacted {
  readonly fields: readonly Field[];
  readonly content: Uint8Array;
  /** Null: nothing of it was there. */
  readonly met: Met | null;
}

/** Of a head and a body that is whole. */
export function redacted(all: readonly RedactArgs[], fields: readonly Field[], content: Uint8Array): Redacted | Denial {
  const replaced = new Map(all.flatMap(({ fields: names, by }) => names.map((name) => [name, by] as const)));
  let text: string | null = null;
  const pointers: string[] = [];
  const asking = all.filter((each) => each.pointers.length > 0);
  if (asking.length > 0 && content.length > 0) {
    const coding = fields.find(([name, value]) => name === "content-encoding" && value.toLowerCase() !== "identity");
    if (coding !== undefined) return cannotOblige("redact", "the body has a content coding, so nobody looked into it");
    if (!isUtf8(content)) return cannotOblige("redact", "the body is no UTF-8");
    text = Buffer.from(content).toString("utf8");
    for (const args of asking) {
      const steps = args.pointers.map((each) => each.steps);
      const made = replaceAt(text, steps, args.by);
      if ("problem" in made) return cannotOblige("redact", `the body is no JSON with one reading: ${made.problem}`);
      pointers.push(...made.found.map((at) => args.pointers[at]!.text));
      text = made.text;
    }
  }
  const changed = pointers.length > 0;
  const after = changed ? new Uint8Array(Buffer.from(text!, "utf8")) : content;
  const names = fields.map(([name]) => name).filter((name) => replaced.has(name));
  if (!changed && names.length === 0) return { fields, content, met: null };
  const kept = changed ? fields.filter(([name]) => !OF_THE_BODY.has(name)) : fields;
  return {
    fields: kept.map(([name, value]): Field => [name, replaced.get(name) ?? value]),
    content: after,
    met: {
      name: "redact",
      found: {
        fields: [...new Set(names)].sort(),
        json: [...new Set(pointers)].sort(),
        ...(changed ? { before: sha256(content), after: sha256(after) } : {}),
      },
    },
  };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
