// Rounding of money where lowering itself makes an amount: the shares of a split, halvings of a cut. All other landing is
// in the Program already.
import { ROUND_MONEY } from "../../stdlib/index.ts";
import type { RoundingMode } from "../model.ts";
import type { Context } from "./context.ts";
import type { Var } from "./ir.ts";

/** The amount in whole minor units of the asset, by the mode of the document unless another is given. */
export function roundMoney(cx: Context, amount: Var, asset: number, mode?: RoundingMode): Var {
  const { b, program } = cx;
  const digits = (program.assets[asset] as { digits: number }).digits;
  return b.builtin(ROUND_MONEY, [amount, b.const(digits), b.const(mode ?? program.roundingMoney ?? "floor")], 1);
}
