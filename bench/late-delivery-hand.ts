// Late delivery written by hand, as one would without a language: immutable state, exact money in BigInt cents, the same
// checks in the same order, the same answers. What the interpreter is measured against.
import { localOf, localToInstant, parseZone, type Zone, zoneConstant } from "../stdlib/zone.ts";

export interface HandEvent {
  readonly kind: string;
  readonly name: string;
  readonly by: string;
  readonly at: number;
  /** Cents of USD that come with it. */
  readonly cents: bigint | null;
}

type Status = "waiting" | "active" | "fulfilled" | "violated" | "excused" | "terminated";
interface Instance {
  readonly key: number;
  readonly status: Status;
  readonly born: number;
  readonly due: number | null;
  readonly amount: bigint | null;
  readonly paid: bigint;
  readonly late: boolean;
}
interface Norm {
  readonly open: readonly Instance[];
  readonly waiting: readonly Instance[];
  readonly late: readonly Instance[];
  readonly latest: Instance | null;
  readonly born: number;
  readonly violated: number;
  readonly paid: bigint;
}

export interface Hand {
  readonly seq: number;
  readonly clock: number;
  readonly phase: "offered" | "active" | "ended";
  readonly outcome: string | null;
  readonly cause: string | null;
  readonly activated: number | null;
  readonly roles: readonly string[];
  readonly signed: readonly boolean[];
  readonly delivered: number | null;
  readonly forceMajeure: boolean;
  readonly delivery: Norm;
  readonly penalty: Norm;
  readonly terminateUsed: number;
  readonly uses: readonly number[];
  readonly got: readonly bigint[];
}

export type HandMove = readonly [verb: string, asset: string, cents: bigint, from: string, to: string];
export interface HandAnswer {
  readonly state: Hand;
  readonly kind: "timer" | "event";
  readonly name: string;
  readonly consumed: boolean;
  readonly refusal:
    | readonly [kind: string, name: string, path: string, values: readonly (readonly [string, unknown])[]]
    | null;
  readonly moves: readonly HandMove[];
  readonly at: number;
}

const SELLER = 0;
const BUYER = 1;
const DAY = 86_400_000;
const AGREED = Date.parse("2019-01-11T03:24:00Z");
const GOODS = 20_000n;
const CAP = (GOODS * 55n) / 100n;
const GIVE_UP_AFTER = 15;
const ZONE = parseZone(zoneConstant("America/New_York") as NonNullable<ReturnType<typeof zoneConstant>>) as Zone;
const NONE: Norm = { open: [], waiting: [], late: [], latest: null, born: 0, violated: 0, paid: 0n };

export const handOffer = (roles: readonly string[], at: number): Hand => ({
  seq: 0,
  clock: at,
  phase: "offered",
  outcome: null,
  cause: null,
  activated: null,
  roles,
  signed: [false, false, false],
  delivered: null,
  forceMajeure: false,
  delivery: NONE,
  penalty: NONE,
  terminateUsed: 0,
  uses: [0, 0],
  got: [0n, 0n, 0n],
});

/** Days of delay; a part of a day counts as a whole one. */
const delayOf = (state: Hand, now: number): number => Math.max(0, Math.ceil(((state.delivered ?? now) - AGREED) / DAY));

/** min(goods * 10.5% * (delay / 2 days), goods * 55%), to the cent, half up. */
function penaltyOf(state: Hand, now: number): bigint {
  const [num, den] = [GOODS * 105n * BigInt(delayOf(state, now)), 2_000n];
  const cents = (2n * num + den) / (2n * den);
  return cents < CAP ? cents : CAP;
}

/** The local midnight after the thirtieth day. */
function thirtyDays(now: number): number {
  return localToInstant(ZONE, localOf(ZONE, now).day + 31, 0);
}

const refuse = (
  state: Hand,
  event: HandEvent,
  seq: number,
  kind: string,
  name: string,
  path = "",
  values: readonly (readonly [string, unknown])[] = [],
): HandAnswer => ({
  state: { ...state, seq },
  kind: "event",
  name: event.name,
  consumed: true,
  refusal: [kind, name, path, values],
  moves: [],
  at: event.at,
});

export function handStep(before: Hand, event: HandEvent): HandAnswer {
  const seq = before.seq + 1;
  if (event.at < before.clock) return refuse(before, event, seq, "stale", event.kind);
  // The least timer that is due: `by` is still in time at its instant, a count of days is over at the midnight.
  let least: {
    readonly name: "delivery" | "pay_penalty";
    readonly rank: number;
    readonly at: number;
    readonly key: number;
  } | null = null;
  for (const each of before.delivery.open)
    if (each.due !== null && each.due < event.at && (least === null || 2 * each.due + 1 < least.rank))
      least = { name: "delivery", rank: 2 * each.due + 1, at: each.due, key: each.key };
  for (const each of before.penalty.open)
    if (each.due !== null && each.due <= event.at && (least === null || 2 * each.due < least.rank))
      least = { name: "pay_penalty", rank: 2 * each.due, at: each.due, key: each.key };
  if (least !== null) return fire({ ...before, seq, clock: Math.max(least.at, before.clock) }, least);
  const state: Hand = { ...before, seq, clock: event.at };
  switch (event.kind) {
    case "sign":
      return sign(before, state, event);
    case "act":
      return act(before, state, event);
    case "use":
      return use(before, state, event);
    case "pay":
      return pay(before, state, event);
    case "tick":
      return refuse(before, event, seq, "nothing-due", "tick");
    default:
      return refuse(before, event, seq, "unknown-event", event.kind);
  }
}

function sign(before: Hand, state: Hand, event: HandEvent): HandAnswer {
  const role = event.name === "seller" ? SELLER : event.name === "buyer" ? BUYER : -1;
  if (role < 0) return refuse(before, event, state.seq, "unknown-event", event.name, "sign");
  if (state.roles[role] !== event.by) return refuse(before, event, state.seq, "not-the-party", "sign");
  if (state.phase !== "offered") return refuse(before, event, state.seq, "wrong-state", "sign", "phase");
  if (state.signed[role]) return refuse(before, event, state.seq, "wrong-state", "sign", "signed");
  if (event.cents !== null) return refuse(before, event, state.seq, "wrong-amount", "USD", "value");
  const signed = state.signed.map((each, at) => each || at === role);
  if (!(signed[SELLER] && signed[BUYER])) return accept({ ...state, signed }, event, []);
  const instance: Instance = {
    key: 0,
    status: "active",
    born: event.at,
    due: AGREED,
    amount: null,
    paid: 0n,
    late: false,
  };
  const delivery: Norm = { ...state.delivery, open: [instance], latest: instance, born: 1 };
  return settle({ ...state, signed, phase: "active", activated: event.at, delivery }, event, []);
}

function act(before: Hand, state: Hand, event: HandEvent): HandAnswer {
  if (event.name !== "deliver") return refuse(before, event, state.seq, "unknown-event", event.name);
  if (state.roles[SELLER] !== event.by) return refuse(before, event, state.seq, "not-the-party", "deliver");
  if (state.phase !== "active") return refuse(before, event, state.seq, "wrong-state", "deliver", "phase");
  if ((state.uses[0] as number) >= 1) return refuse(before, event, state.seq, "wrong-state", "deliver", "times");
  if (event.cents !== null) return refuse(before, event, state.seq, "wrong-amount", "USD", "value");
  let { delivery } = state;
  const [open] = delivery.open;
  const [late] = delivery.late;
  if (open !== undefined) {
    const met: Instance = { ...open, status: "fulfilled" };
    delivery = { ...delivery, open: delivery.open.slice(1), latest: met };
  } else if (late !== undefined) {
    const made: Instance = { ...late, late: true };
    delivery = { ...delivery, late: delivery.late.slice(1), latest: made };
  }
  return settle({ ...state, delivered: event.at, delivery, uses: [1, state.uses[1] as number] }, event, []);
}

function use(before: Hand, state: Hand, event: HandEvent): HandAnswer {
  if (event.name !== "terminate") return refuse(before, event, state.seq, "unknown-event", event.name);
  if (state.roles[BUYER] !== event.by) return refuse(before, event, state.seq, "not-the-party", "terminate");
  if (state.phase !== "active") return refuse(before, event, state.seq, "wrong-state", "terminate", "phase");
  if (state.terminateUsed >= 1) return refuse(before, event, state.seq, "wrong-state", "terminate", "times");
  if (event.cents !== null) return refuse(before, event, state.seq, "wrong-amount", "USD", "value");
  const delay = delayOf(state, event.at);
  if (delay <= GIVE_UP_AFTER)
    return refuse(before, event, state.seq, "needs", "terminate", "when", [
      ["give_up_after", GIVE_UP_AFTER],
      ["delay", delay],
    ]);
  if (state.forceMajeure)
    return refuse(before, event, state.seq, "needs", "terminate", "unless", [["force_majeure", true]]);
  return settle({ ...state, terminateUsed: 1, phase: "ended", outcome: "terminated", cause: "terminate" }, event, []);
}

function pay(before: Hand, state: Hand, event: HandEvent): HandAnswer {
  if (state.phase === "offered") return refuse(before, event, state.seq, "wrong-state", "pay", "phase");
  if (event.cents === null) return refuse(before, event, state.seq, "wrong-amount", "pay", "value");
  if (state.roles[SELLER] !== event.by) return refuse(before, event, state.seq, "not-the-party", "pay");
  const [claim] = state.penalty.open;
  if (claim === undefined || claim.amount === null)
    return refuse(before, event, state.seq, "wrong-state", "pay", "claim");
  const needed = claim.amount - claim.paid;
  if (event.cents !== needed)
    return refuse(before, event, state.seq, "wrong-amount", "pay_penalty", "value", [
      ["needed", needed],
      ["came", event.cents],
    ]);
  const met: Instance = { ...claim, paid: claim.paid + event.cents, status: "fulfilled" };
  const penalty: Norm = {
    ...state.penalty,
    open: state.penalty.open.slice(1),
    latest: met,
    paid: state.penalty.paid + event.cents,
  };
  const got = state.got.map((sum, role) => (role === BUYER ? sum + (event.cents as bigint) : sum));
  return settle({ ...state, penalty, got }, event, [["pay", "USD", event.cents, "seller", "buyer"]]);
}

/** Births that wait, then the end by itself. */
function settle(state: Hand, event: HandEvent, moves: readonly HandMove[]): HandAnswer {
  return accept(endBySettling(bearPenalty(state, event.at)), event, moves);
}

function bearPenalty(state: Hand, now: number): Hand {
  const [waiting] = state.penalty.waiting;
  if (waiting === undefined || !(state.delivered !== null || state.phase === "ended")) return state;
  const instance: Instance = {
    ...waiting,
    status: "active",
    born: now,
    amount: penaltyOf(state, now),
    due: thirtyDays(now),
  };
  const { penalty } = state;
  return {
    ...state,
    penalty: { ...penalty, waiting: [], open: [...penalty.open, instance], latest: instance, born: penalty.born + 1 },
  };
}

function endBySettling(state: Hand): Hand {
  if (state.phase !== "active") return state;
  const { delivery, penalty } = state;
  const settled =
    delivery.open.length === 0 &&
    delivery.waiting.length === 0 &&
    penalty.open.length === 0 &&
    penalty.waiting.length === 0;
  return settled && delivery.born > 0 ? { ...state, phase: "ended", outcome: "fulfilled" } : state;
}

function fire(
  state: Hand,
  timer: { readonly name: "delivery" | "pay_penalty"; readonly at: number; readonly key: number },
): HandAnswer {
  let after = state;
  if (timer.name === "delivery") {
    const open = state.delivery.open.find((each) => each.key === timer.key) as Instance;
    const judged: Instance = { ...open, status: state.forceMajeure ? "excused" : "violated" };
    const rest = state.delivery.open.filter((each) => each.key !== timer.key);
    const violated = judged.status === "violated";
    const delivery: Norm = {
      ...state.delivery,
      open: rest,
      latest: judged,
      late: violated ? [...state.delivery.late, judged] : state.delivery.late,
      violated: state.delivery.violated + (violated ? 1 : 0),
    };
    const waiting: Instance = {
      key: state.seq,
      status: "waiting",
      born: state.clock,
      due: null,
      amount: null,
      paid: 0n,
      late: false,
    };
    const penalty: Norm = violated ? { ...state.penalty, waiting: [...state.penalty.waiting, waiting] } : state.penalty;
    after = bearPenalty({ ...state, delivery, penalty }, state.clock);
  } else {
    const open = state.penalty.open.find((each) => each.key === timer.key) as Instance;
    const judged: Instance = { ...open, status: "violated" };
    after = {
      ...state,
      penalty: {
        ...state.penalty,
        open: state.penalty.open.filter((each) => each.key !== timer.key),
        latest: judged,
        violated: state.penalty.violated + 1,
      },
    };
  }
  return {
    state: endBySettling(after),
    kind: "timer",
    name: timer.name,
    consumed: false,
    refusal: null,
    moves: [],
    at: state.clock,
  };
}

const accept = (state: Hand, event: HandEvent, moves: readonly HandMove[]): HandAnswer => ({
  state,
  kind: "event",
  name: event.name,
  consumed: true,
  refusal: null,
  moves,
  at: event.at,
});
