// Values of the machine as JSON for people. The plain form knows no types: instants are ms, an amount has no asset. With the
// module at hand, places of the state are shown by their types, as an author writes them.
import { hex } from "../../core/index.ts";
import {
  Decimal,
  ErrorValue,
  formatDecimal,
  MapValue,
  type Module,
  type Type,
  toJson,
  type Value,
} from "../../vm/index.ts";

/** Any JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Shows a value that stands at `place`: a path in the state, `money <asset>`, or empty when nothing is known. */
export type ShowValue = (value: Value, place: string) => Json;

/** Digits a JSON reader would spoil stand as text. */
export const showPlain: ShowValue = (value) => plain(value);

function plain(value: Value): Json {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Decimal) return formatDecimal(value);
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof ErrorValue) return { error: value.code, about: value.about };
  if (value instanceof MapValue) {
    const { keys, values } = value;
    // `__proto__` is a key like any other.
    return Object.fromEntries(keys.map((key, i) => [key, plain(values[i])]));
  }
  return value.map(plain);
}

/** Digits after the point of an asset, as the module's manifest lists them (`assets: [{name, digits}]`). */
export function assetDigits(module: Module): (asset: string) => number | undefined {
  const listed = module.manifest["assets"];
  const digits = new Map<string, number>();
  if (Array.isArray(listed)) {
    for (const asset of listed) {
      const { name, digits: places } = asset as { readonly name?: unknown; readonly digits?: unknown };
      if (typeof name === "string" && typeof places === "number") digits.set(name, places);
    }
  }
  return (asset) => digits.get(asset);
}

/** JSON of a value by its type, as authors write it. */
export const showTyped = (value: Value, type: Type, digits: (asset: string) => number | undefined): Json =>
  plain(toJson(value, type, digits));

/** Shows places of a module's state by the types of the module. */
export function showByModule(module: Module): ShowValue {
  const digits = assetDigits(module);
  const step = module.entries.find((entry) => entry.name === "step");
  const stateType = step === undefined ? undefined : module.types[step.params[0] as number];
  return (value, place) => {
    if (place === "") return plain(value);
    const type: Type | undefined = place.startsWith("money ")
      ? { kind: "money", asset: place.slice(6) }
      : stateType === undefined
        ? undefined
        : typeAt(stateType, place);
    return type === undefined ? plain(value) : showTyped(value, type, digits);
  };
}

/** The type of the place a path leads to: `norms.delivery[0].due`. */
function typeAt(root: Type, path: string): Type | undefined {
  let type: Type | undefined = root;
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    while (type?.kind === "optional") type = type.of;
    if (type === undefined) return undefined;
    if (index !== undefined) type = type.kind === "list" || type.kind === "map" ? type.of : undefined;
    else type = type.kind === "record" ? type.fields.find((field) => field.name === name)?.type : undefined;
  }
  return type;
}
