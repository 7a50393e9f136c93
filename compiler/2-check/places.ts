// Reads that several files make: the clock, the state of a region.
import type { Span } from "../../lang/source.ts";
import type { Type } from "../../vm/type.ts";
import type { TExpr } from "../model.ts";
import { read } from "./build.ts";
import type { Context } from "./context.ts";

/** An enumeration of the region's states, so that a mistyped name is found. */
export const stateType = (context: Context, region: number): Type => ({
  kind: "enum",
  values: context.document.regions[region]!.states.map((state) => state.name.text),
});

export const readNow = (context: Context, span: Span): TExpr => read(context.settings.instant, { kind: "now" }, span);
