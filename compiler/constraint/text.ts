// A constraint as text, without places: equal texts are equal constraints.
import type { CueLowered } from "../../lang/cue/lowered.ts";

export const textOfConstraint = ({ root, definitions }: CueLowered, items: number): string =>
  JSON.stringify([items, root, [...definitions]], (key, value) => (key === "at" || key === "doc" ? undefined : value));
