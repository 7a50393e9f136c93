// Records in which no policy decided, told to a person: what was refused before there was a request, and what was taken into use.
import type { PlainValue } from "../../cage/point.ts";
import { meaningOf } from "../../cage/proxy/words.ts";
import type { Entry } from "../../cage/records/ledger.ts";
import type { NoteRecord, ReloadRecord } from "../../cage/records/record.ts";
import { clean, type Paint } from "../terminal.ts";

/** How many were refused, as a record says: itself, or those that it counts. */
export const refusedIn = ({ body }: NoteRecord): number => (typeof body["count"] === "number" ? body["count"] : 1);

export function noteLines(
  { index, record }: Entry & { readonly record: NoteRecord | ReloadRecord },
  paint: Paint,
): readonly string[] {
  switch (record.kind) {
    case "reload":
      return [`record ${index}: the policy ${clean(record.name)}, from here on`, ...reloaded(record)];
    case "certificates":
      return [`record ${index}: the certificates of the ingress, from here on`, ...exchanged(record.body)];
    case "refusal":
      return [`record ${index}: no policy was asked`, ...refused(record, paint)];
    default:
      return [`record ${index}: ${record.kind}`, ...members(record.body)];
  }
}

function reloaded({ before, after, bundle, data }: ReloadRecord): readonly string[] {
  const marks = before === after ? [` ${after}`] : [...(before === null ? [] : [`-${before}`]), `+${after}`];
  return [
    ...marks.map((each) => `  module  ${each}`),
    ...Object.entries(data).map(([name, id]) => `  data     ${clean(name)} ${id}`),
    ...(bundle === null
      ? []
      : [`  bundle   version ${bundle.version}, signed by ${bundle.signedBy.map(clean).join(", ")}`]),
  ];
}

function refused(record: NoteRecord, paint: Paint): readonly string[] {
  const { word, detail, direction, caller, exchange, count } = record.body;
  const name = typeof word === "string" ? word : "refused";
  const [, meaning] = meaningOf(name);
  const { address, id } = (caller ?? {}) as { readonly address?: PlainValue; readonly id?: PlainValue };
  const from = [address, id].filter((each) => typeof each === "string").map((each) => clean(each as string));
  return [
    `${paint.bad(clean(name))}  ${meaning}${typeof detail === "string" ? `: ${clean(detail)}` : ""}`,
    ...(typeof count === "number" ? [`  ${count} more of this word in the same second`] : []),
    ...(from.length === 0 ? [] : [`  from ${from.join(", ")}`]),
    ...(typeof direction === "string" ? [`  ${clean(direction)}`] : []),
    ...(typeof exchange === "string" ? [`  exchange ${clean(exchange)}`] : []),
  ];
}

/** What went is marked `-`, what came `+`. */
function exchanged({ before, after }: NoteRecord["body"]): readonly string[] {
  const old = lists(before);
  const now = lists(after);
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) => {
    const went = (old[name] ?? []).filter((each) => !now[name]?.includes(each)).map((each) => `-${each}`);
    const is = (now[name] ?? []).map((each) => `${old[name]?.includes(each) ? " " : "+"}${each}`);
    return [...went, ...is].map((each) => `  ${clean(name).padEnd(8)}${clean(each)}`);
  });
}

function lists(value: PlainValue | undefined): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, list]) =>
      Array.isArray(list) ? [[name, list.filter((each) => typeof each === "string")]] : [],
    ),
  );
}

const members = (body: NoteRecord["body"]): readonly string[] =>
  Object.entries(body).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`  ${clean(name)}  ${clean(typeof value === "string" ? value : JSON.stringify(value))}`],
  );
