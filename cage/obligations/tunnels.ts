// What of obligations is met for a tunnel: its rate is counted, and what looks at requests denies it.
import { TUNNELS_COUNTED_MAX } from "../limits.ts";
import { type Decision, deniedAfter, type Facts, type Gate, type Met } from "../point.ts";
import { type Due, dueOf, isKnown, Reader } from "./due.ts";
import type { DutiesOptions } from "./duties.ts";
import { cannotOblige, type Denial } from "./obligation.ts";
import { limited } from "./rate-limit.ts";
import { OBLIGATIONS } from "./table.ts";

/** A gate that also meets what is due at `connect`. Nothing of a tunnel is seen, so an obligation that looks at requests denies it; what goes
 *  into an interception is asked about request by request. */
export function withTunnels(gate: Gate, { configuration, now }: Omit<DutiesOptions, "gate">): Gate {
  const reader = new Reader(configuration);
  /** What the limits said to an exchange: each of its addresses is asked about, and it counts once. */
  const counted = new Map<string, { readonly refused: Denial | null; readonly met: readonly Met[] }>();
  const count = (due: Due, { input }: Decision, exchange: string): Denial | null => {
    const before = counted.get(exchange);
    if (before !== undefined) return before.refused;
    let refused: Denial | null = null;
    const met: Met[] = [];
    for (const args of due.all("rate_limit")) {
      const done = limited(args, { input, rates: configuration.rates, nowMs: now() });
      if (done.met !== null) met.push(done.met);
      if (!("denial" in done)) continue;
      refused = done.denial;
      break;
    }
    // One that is forgotten too early counts twice: nothing worse.
    if (counted.size >= TUNNELS_COUNTED_MAX) counted.delete(counted.keys().next().value as string);
    counted.set(exchange, { refused, met });
    return refused;
  };
  const refusalOf = (decision: Decision, { exchange, tentative }: Facts): Denial | null => {
    const due = dueOf([decision], reader);
    if (due.denial !== null) return due.denial;
    const intercepted = due.all("route")[0]?.tls === "intercept";
    const blind = decision.obligations.find(({ name }) => isKnown(name) && !OBLIGATIONS[name].tunnels);
    if (blind !== undefined && !intercepted) return cannotOblige(blind.name, "nothing of a tunnel is seen");
    return tentative === true || due.all("rate_limit").length === 0 ? null : count(due, decision, exchange);
  };
  const withCounted = (facts: Facts): Facts => {
    const met = counted.size === 0 ? undefined : counted.get(facts.exchange)?.met;
    return met === undefined || met.length === 0 ? facts : { ...facts, met: [...met, ...(facts.met ?? [])] };
  };
  return {
    asks: (point) => gate.asks(point),
    mayAllow: (point, facts) => gate.mayAllow?.(point, facts) ?? true,
    ask: (point, facts) => {
      const decision = gate.ask(point, facts);
      if (point !== "connect" || !decision.allowed || decision.obligations.length === 0) return decision;
      const refused = refusalOf(decision, facts);
      return refused === null ? decision : deniedAfter(decision, refused.reason, refused.detail);
    },
    intent: (decided, facts, done) => gate.intent(decided, withCounted(facts), done),
    complete: (intent, outcome, done) => gate.complete(intent, outcome, done),
    note: (kind, body) => gate.note(kind, body),
  };
}
