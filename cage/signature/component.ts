// What a signature covers: a field or a derived component, with parameters. Two names are the same component whatever the order of
// their parameters. Source: RFC 9421 sections 2.1, 2.2 and 2.4.
import { type Item, isInnerList, parseItem, serializeItem } from "structured-headers";
import { fail } from "./problems.ts";

export interface Component {
  readonly name: string;
  /** In the order they came. */
  readonly item: Item;
  /** The same for every order of parameters. */
  readonly id: string;
  readonly sf: boolean;
  readonly bs: boolean;
  readonly tr: boolean;
  readonly req: boolean;
  readonly key: string | null;
  /** Of `@query-param`. */
  readonly param: string | null;
}

const DERIVED = new Set([
  "@method",
  "@target-uri",
  "@authority",
  "@scheme",
  "@request-target",
  "@path",
  "@query",
  "@query-param",
  "@status",
]);
const FLAGS = new Set(["sf", "bs", "tr", "req"]);

/** `at` names the signature. */
export function readComponent(item: Item, at: string): Component {
  const [name, params] = item;
  if (typeof name !== "string") return fail("bad-component", at, "a component is named by a string");
  const place = `${at} ${serializeItem(item)}`;
  const derived = name.startsWith("@");
  if (derived ? !DERIVED.has(name) : !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) fail("bad-component", place);
  for (const [param, value] of params) {
    const known = FLAGS.has(param) || param === (name === "@query-param" ? "name" : "key");
    if (!known || (derived && param !== "req" && param !== "name"))
      fail("bad-component", place, `it has no parameter \`${param}\``);
    if (FLAGS.has(param) ? value !== true : typeof value !== "string")
      fail("bad-component", place, `\`${param}\` has the wrong type`);
  }
  if (params.has("bs") && (params.has("sf") || params.has("key")))
    fail("bad-component", place, "`bs` excludes `sf` and `key`");
  if (name === "@query-param" && !params.has("name")) fail("bad-component", place, "it needs `name`");
  const sorted = new Map([...params].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    name,
    item,
    id: serializeItem([name, sorted]),
    sf: params.has("sf"),
    bs: params.has("bs"),
    tr: params.has("tr"),
    req: params.has("req"),
    key: (params.get("key") as string | undefined) ?? null,
    param: (params.get("name") as string | undefined) ?? null,
  };
}

/** As policies and callers write them: `@method`, `content-type`, or an item with parameters, `"signature";key="sig1"`. */
export function componentOf(text: string): Component {
  if (!text.startsWith('"')) return readComponent([text, new Map()], text);
  let item: Item;
  try {
    item = parseItem(text);
  } catch {
    return fail("bad-component", text);
  }
  return isInnerList(item) ? fail("bad-component", text) : readComponent(item, text);
}

/** Refuses what is covered twice. */
export function distinct(components: readonly Component[], at: string): void {
  const seen = new Set<string>();
  for (const { id } of components) {
    if (seen.has(id)) fail("duplicate-component", `${at} ${id}`);
    seen.add(id);
  }
}
