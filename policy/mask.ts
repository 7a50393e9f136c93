// What a policy calls a secret, taken out of an input before it is written down.
import { MASK, MapValue, type Module, type Value } from "../vm/index.ts";

/** Paths of the input that nothing shows: `user.token`. */
export function secretsOf({ manifest }: Pick<Module, "manifest">): readonly string[] {
  const secrets: unknown = manifest["secrets"];
  return Array.isArray(secrets) ? secrets.filter((path): path is string => typeof path === "string") : [];
}

/** The input with a mask for each secret. What lies on the way to one and is no object is masked as a whole: it may hold anything. */
export const maskInput = (input: Value, secrets: readonly string[]): Value =>
  secrets.reduce((value, path) => maskAt(value, path.split(".")), input);

function maskAt(value: Value, [step, ...rest]: readonly string[]): Value {
  if (step === undefined || !(value instanceof MapValue)) return MASK;
  const at = value.keys.indexOf(step);
  if (at < 0) return value;
  return new MapValue(value.keys, value.values.with(at, maskAt(value.values[at], rest)));
}
