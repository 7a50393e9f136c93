// What an atom says of an input: true or false, never an error. The reference for every index.

import { findKey } from "../map.ts";
import { parseIp } from "../network.ts";
import { compareValues, equalValues } from "../order.ts";
import { ErrorValue, MapValue, type Value } from "../value.ts";
import type { Atom, AtomTest, Step } from "./table.ts";

/** The value at a path; undefined when it is not there, for what stands on the way has no such step. */
export function valueAt(input: Value, path: readonly Step[]): Value {
  let at: Value = input;
  for (const step of path) {
    if (typeof step === "number") {
      if (!Array.isArray(at)) return undefined;
      at = at[step];
    } else {
      if (!(at instanceof MapValue)) return undefined;
      const found = findKey(at, step);
      if (found < 0) return undefined;
      at = at.values[found];
    }
  }
  return at instanceof ErrorValue ? undefined : at;
}

export function holds(input: Value, { path, test }: Atom): boolean {
  const value = valueAt(input, path);
  return value !== undefined && holdsOf(value, test);
}

/** The same of the value at the path, which is there. */
export function holdsOf(value: Value, test: AtomTest): boolean {
  switch (test.kind) {
    case "present":
      return value !== null;
    case "in":
      return isOne(value, test.values);
    case "has_any":
      return Array.isArray(value) && value.some((item) => test.values.some((each) => equalValues(item, each)));
    case "starts_with":
      return typeof value === "string" && test.values.some((each) => value.startsWith(each));
    case "ends_with":
      return typeof value === "string" && test.values.some((each) => value.endsWith(each));
    case "under_path":
      return typeof value === "string" && test.values.some((each) => underPath(value, each));
    case "under_host":
      return typeof value === "string" && test.values.some((each) => underHost(value, each));
    case "range":
      return above(value, test.min, test.minOpen) && below(value, test.max, test.maxOpen);
    case "inside":
      return value instanceof Uint8Array && test.networks.some((network) => inside(value, network));
  }
}

function isOne(value: Value, values: readonly Value[]): boolean {
  for (let i = 0; i < values.length; i++) {
    const each = values[i];
    // A text equals no value but the same text.
    if (value === each || (typeof value !== "string" && equalValues(value, each))) return true;
  }
  return false;
}

function above(value: Value, min: Value | null, open: boolean): boolean {
  if (min === null) return true;
  const order = compareValues(value, min);
  return order !== undefined && (open ? order > 0 : order >= 0);
}

function below(value: Value, max: Value | null, open: boolean): boolean {
  if (max === null) return true;
  const order = compareValues(value, max);
  return order !== undefined && (open ? order < 0 : order <= 0);
}

/** As the function `under` of a path. */
export function underPath(path: string, above: string): boolean {
  const base = above.replace(/\/+$/, "");
  return path === base || path === above || path.startsWith(`${base}/`);
}

/** Small letters, no dot at the end. Most hosts are so already. */
export function plainHost(host: string): string {
  for (let i = 0; i < host.length; i++) {
    const unit = host.charCodeAt(i);
    if ((unit >= 65 && unit <= 90) || (unit === 46 && i === host.length - 1))
      return host.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, "");
  }
  return host;
}

/** As the function `under` of a host. */
export function underHost(host: string, above: string): boolean {
  const [name, base] = [plainHost(host), plainHost(above)];
  return name === base || (base !== "" && name.endsWith(`.${base}`) && parseIp(base) === undefined);
}

/** `network`: `[ip, prefix length]`. */
export function inside(ip: Uint8Array, network: Value): boolean {
  const [base, prefix] = network as readonly [Uint8Array, number];
  if (base.length !== ip.length) return false;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (base[i] !== ip[i]) return false;
  const rest = prefix & 7;
  return rest === 0 || (base[whole]! ^ ip[whole]!) >> (8 - rest) === 0;
}
