// The court: (state, command, env) -> (receipts, writes, answer). Deterministic: no clock, randomness or I/O; the stamp comes in
// with the environment. It adds no meaning to an agreement: it finds the module and the state, lets the module decide, and
// writes down what happened.
//
// What becomes a receipt: everything a module says about an action of somebody who holds a role, refusals included; every timer;
// every deployment and accepted offer. What does not: an envelope that fails before the module is asked, and the refusal of
// somebody without a role, because anyone can make a did and so could fill the ledger. See docs/design/0004.
import { encode, equalBytes, hex } from "../core/index.ts";
import type { Write } from "../ledger/index.ts";
import type { AgreementCache, OpenAgreement } from "./agreement-cache.ts";
import { type Due, dueOf, firesAt } from "./answer.ts";
import type { FreshNonces } from "./fresh-nonces.ts";
import { ENTRY_FUEL_MAX, PAST_STATE_STEPS } from "./limits.ts";
import type { LoadedModule, Modules } from "./modules.ts";
import { decodeEnvelope, encodeEnvelope, type SignedAction } from "./protocol/action.ts";
import { DEADLINE_AHEAD_MAX_MS } from "./protocol/limits.ts";
import { type Problem, problem } from "./protocol/problem.ts";
import {
  type Agreement,
  actionKey,
  decodeSeq,
  decodeStoredAction,
  dueKey,
  encodeAgreement,
  encodeSeq,
  encodeStoredAction,
  numberedKey,
  SPACE,
} from "./records.ts";
import type { CourtState } from "./state.ts";
import {
  agreementId,
  type Cause,
  eventOf,
  type Frame,
  type Input,
  offerOf,
  runOffer,
  runStep,
  type State,
  tickEvent,
  type Written,
  writeDeploy,
} from "./step.ts";
import { isWhole, pageKey, type StepPage } from "./steps.ts";

/** What the engine hands in. The signatures of an action were verified before: that is a pure function of its bytes. */
export type Command =
  | { readonly kind: "action"; readonly action: SignedAction; readonly file: Uint8Array | null }
  /** Fires what is due. `agreement` in hex. */
  | { readonly kind: "tick"; readonly agreement: string };

export interface Env {
  /** Stamp of the batch: ms since 1970, never less than that of the batch before. */
  readonly at: number;
  /** Index of the next receipt. */
  readonly seq: number;
  readonly origin: string;
  /** May this did deploy modules and make offers here? */
  readonly admits: (did: string) => boolean;
}

/** `accepted`, `refused`, `fault`: of the last receipt. `more`: timers fired, the event waits; send it again. */
export type Answer =
  | {
      readonly kind: "done";
      readonly status: "accepted" | "refused" | "fault" | "more";
      readonly first: number;
      readonly count: number;
      readonly repeated: boolean;
    }
  | { readonly kind: "problem"; readonly problem: Problem };

export interface Applied {
  readonly answer: Answer;
  readonly receipts: readonly Written[];
  readonly writes: readonly Write[];
}

/** Memories of the court: faster, never different. */
export interface Memo {
  readonly modules: Modules;
  readonly agreements: AgreementCache;
  /** Of the store that the state stands on. */
  readonly nonces: FreshNonces;
}

const fail = (
  code: Parameters<typeof problem>[0],
  detail: string,
  more: Parameters<typeof problem>[2] = {},
): Applied => ({
  answer: { kind: "problem", problem: problem(code, detail, more) },
  receipts: [],
  writes: [],
});

export function applyCommand(state: CourtState, command: Command, env: Env, memo: Memo): Applied {
  return command.kind === "tick"
    ? applyTick(state, command.agreement, env, memo)
    : applyAction(state, command.action, command.file, env, memo);
}

// ── Signed actions ────────────────────────────────────────────────────────────────────────────────────────────────────

function applyAction(state: CourtState, signed: SignedAction, file: Uint8Array | null, env: Env, memo: Memo): Applied {
  const { action } = signed;
  if (action.origin !== env.origin)
    return fail("wrong-origin", `the action is for \`${action.origin}\`, this court is \`${env.origin}\``);
  const used = memo.nonces.isFresh(action.author, action.nonce)
    ? undefined
    : state.get(SPACE.action, actionKey(action.author, action.nonce));
  const repeated = used === undefined ? null : repeat(signed, used);
  if (repeated !== null) return repeated;
  if (action.deadline < env.at)
    return fail("late-deadline", `the deadline passed ${env.at - action.deadline} ms before the action arrived`);
  if (action.deadline > env.at + DEADLINE_AHEAD_MAX_MS)
    return fail(
      "deadline-too-far",
      `the deadline lies ${action.deadline - env.at} ms ahead, at most ${DEADLINE_AHEAD_MAX_MS} are taken`,
    );
  switch (action.kind) {
    case "deploy":
      return applyDeploy(state, signed, file, env, memo);
    case "offer":
      return applyOffer(state, signed, env, memo);
    default:
      return applyEvent(state, signed, action.agreement as string, env, memo);
  }
}

/** The answer to a nonce that came before; null when the same action waits behind timers and may go on. */
function repeat(signed: SignedAction, used: Uint8Array): Applied | null {
  const { envelope, first, count } = decodeStoredAction(used);
  const before = decodeEnvelope(envelope);
  if ("problem" in before || !equalBytes(before.value.id, signed.id))
    return fail("nonce-used", "the nonce came before with other bytes");
  if (count === 0) return null;
  // The status is that of the last receipt; the engine reads it, since receipts of this very batch are not stored yet.
  return { answer: { kind: "done", status: "accepted", first, count, repeated: true }, receipts: [], writes: [] };
}

/** Keeps the action beside its receipts: who replays or checks one needs it, and its nonce is spent. `count` 0: not spent. */
function storeAction(signed: SignedAction, first: number, count: number, memo: Memo): Write {
  const { author, nonce } = signed.action;
  memo.nonces.use(author, nonce);
  return {
    namespace: SPACE.action,
    key: actionKey(author, nonce),
    value: encodeStoredAction({ first, count, envelope: encodeEnvelope(signed) }),
  };
}

function applyDeploy(state: CourtState, signed: SignedAction, file: Uint8Array | null, env: Env, memo: Memo): Applied {
  const { name, author } = signed.action;
  if (!env.admits(author)) return fail("not-admitted", `\`${author}\` may not deploy here`);
  const present = state.get(SPACE.deployed, name);
  // The same meaning is there already: the answer is its receipt. The file that came first stays.
  if (present !== undefined)
    return {
      answer: { kind: "done", status: "accepted", first: decodeSeq(present), count: 1, repeated: true },
      receipts: [],
      writes: [],
    };
  if (file === null) return fail("malformed", "file: a deployment comes with the module's file");
  const loading = memo.modules.load(file);
  if ("code" in loading) return fail(loading.code, loading.reason);
  const { loaded } = loading;
  if (hex(loaded.id) !== name)
    return fail("bad-module", `the file is module ${hex(loaded.id)}, the action names ${name}`);
  // Only here: what was deployed stays runnable, also under a lower bound.
  for (const [entry, fuel] of Object.entries(loaded.fuel))
    if (fuel > ENTRY_FUEL_MAX)
      return fail("fuel-over-limit", `\`${entry}\` may take ${fuel} fuel; here ${ENTRY_FUEL_MAX} is the most`);
  const receipt = writeDeploy({ origin: env.origin, seq: env.seq, step: 0, previous: null }, loaded, {
    action: signed,
    stamp: env.at,
  });
  return {
    answer: { kind: "done", status: "accepted", first: env.seq, count: 1, repeated: false },
    receipts: [receipt],
    writes: [
      { namespace: SPACE.module, key: name, value: file },
      { namespace: SPACE.deployed, key: name, value: encodeSeq(env.seq) },
      storeAction(signed, env.seq, 1, memo),
    ],
  };
}

const moduleOf = (state: CourtState, id: string, memo: Memo): LoadedModule | undefined =>
  memo.modules.get(id, (wanted) => state.get(SPACE.module, wanted));

function applyOffer(state: CourtState, signed: SignedAction, env: Env, memo: Memo): Applied {
  const { name, author } = signed.action;
  if (!env.admits(author)) return fail("not-admitted", `\`${author}\` may not make offers here`);
  const module = moduleOf(state, name, memo);
  if (module === undefined) return fail("unknown-module", `there is no module ${name}`);
  const offer = offerOf(signed, module.roles, env.at);
  if ("reason" in offer) return fail("bad-offer", offer.reason);
  const offered = runOffer({ origin: env.origin, seq: env.seq, step: 0, previous: null }, module, offer, {
    action: signed,
    stamp: env.at,
  });
  if ("reason" in offered) return fail("bad-offer", offered.reason);
  if ("refusal" in offered) {
    const { refusal } = offered;
    return fail(
      "bad-offer",
      `the module refused: ${refusal.kind}${refusal.name === "" ? "" : ` \`${refusal.name}\``}${refusal.path === "" ? "" : ` at ${refusal.path}`}`,
      { refusal },
    );
  }
  const id = agreementId(signed);
  const progress = new Progress(hex(id), null, {
    id,
    module,
    state: offered.state,
    agreement: {
      module: module.id,
      dids: offer.dids,
      steps: 0,
      lastReceipt: module.id,
      lastSeq: env.seq,
      root: offered.state.root,
      due: null,
      halted: false,
      offeredAt: env.at,
      page: NO_PAGE,
      state: offered.state.bytes,
    },
  });
  progress.take(offered.written, offered.state);
  return {
    answer: { kind: "done", status: "accepted", first: env.seq, count: 1, repeated: false },
    receipts: [offered.written],
    writes: [...progress.writes(memo), storeAction(signed, env.seq, 1, memo)],
  };
}

// ── Events and timers of an agreement ─────────────────────────────────────────────────────────────────────────────────

/** Of an agreement whose steps fill whole pages. */
const NO_PAGE: StepPage = [];

/** An agreement on its way through the steps of one command. */
class Progress {
  /** Id in hex, and as bytes. */
  readonly name: string;
  readonly id: Uint8Array;
  readonly module: LoadedModule;
  /** As stored before; null for a new one. */
  readonly #before: Agreement | null;
  readonly #written: Written[] = [];
  /** States to keep for those who run a part again. */
  readonly #past: { readonly step: number; readonly bytes: Uint8Array }[] = [];
  /** Pages of steps that are full, each with its last step. */
  readonly #pages: { readonly step: number; readonly page: StepPage }[] = [];
  state: State;
  agreement: Agreement;
  constructor(name: string, before: Agreement | null, opened: OpenAgreement) {
    this.name = name;
    this.id = opened.id;
    this.module = opened.module;
    this.#before = before;
    this.state = opened.state;
    this.agreement = opened.agreement;
  }

  get receipts(): readonly Written[] {
    return this.#written;
  }

  frame(env: Env): Frame {
    return {
      origin: env.origin,
      seq: env.seq + this.#written.length,
      step: this.agreement.steps,
      previous: this.agreement.steps === 0 ? null : this.agreement.lastReceipt,
    };
  }

  /** The timer that the next step will fire at a stamp. */
  timerAt(stamp: number): Due | null {
    const { due } = this.agreement;
    return due !== null && firesAt(due) <= stamp ? due : null;
  }

  take(written: Written, state: State, halt = false): void {
    const { module } = this;
    this.state = state;
    this.#written.push(written);
    const { step } = written.receipt;
    if (step % PAST_STATE_STEPS === 0) this.#past.push({ step, bytes: state.bytes });
    const due =
      equalBytes(state.root, this.agreement.root) && this.agreement.steps > 0
        ? this.agreement.due
        : dueOf(module.machine, state.value, module.fuel.due);
    const { agreement } = this;
    const page = [...agreement.page, written.receipt.seq];
    const full = isWhole(page);
    if (full) this.#pages.push({ step, page });
    // Written out: a spread whose fields are then set again leaves the fast ways of the host, and costs ten times as much.
    this.agreement = {
      module: agreement.module,
      dids: agreement.dids,
      steps: agreement.steps + 1,
      lastReceipt: written.id,
      lastSeq: written.receipt.seq,
      root: state.root,
      due: due ?? null,
      // A module that cannot say what is due can keep no deadline; it is stopped like one whose timer faulted.
      halted: halt || due === undefined,
      offeredAt: agreement.offeredAt,
      page: full ? NO_PAGE : page,
      state: state.bytes,
    };
  }

  writes(memo: Memo): Write[] {
    const { name: id, agreement } = this;
    if (this.#written.length === 0) return [];
    const record = encodeAgreement(agreement);
    memo.agreements.put(id, record, { id: this.id, agreement, state: this.state, module: this.module });
    const before = this.#before?.due ?? null;
    const after = agreement.halted ? null : agreement.due;
    const keys = {
      before: before === null ? null : dueKey(before, id),
      after: after === null ? null : dueKey(after, id),
    };
    const writes: Write[] = [{ namespace: SPACE.agreement, key: id, value: record }];
    for (const { step, page } of this.#pages)
      writes.push({ namespace: SPACE.step, key: pageKey(id, step), value: encode(page) });
    for (const { step, bytes } of this.#past)
      writes.push({ namespace: SPACE.past, key: numberedKey(id, step), value: bytes });
    if (keys.before !== keys.after) {
      if (keys.before !== null) writes.push({ namespace: SPACE.due, key: keys.before, value: null });
      if (keys.after !== null) writes.push({ namespace: SPACE.due, key: keys.after, value: new Uint8Array() });
    }
    return writes;
  }
}

function open(state: CourtState, id: string, memo: Memo): Progress | Applied {
  const stored = state.get(SPACE.agreement, id);
  if (stored === undefined) return fail("unknown-agreement", `there is no agreement ${id}`);
  const opened = memo.agreements.open(id, stored, (module) => moduleOf(state, module, memo));
  if (opened === undefined)
    return fail("unknown-module", "the module of this agreement cannot be run by this version of writ");
  const { agreement } = opened;
  if (agreement.halted) return fail("halted", `receipt ${agreement.lastSeq} is the last of this agreement`);
  return new Progress(id, agreement, opened);
}

function applyEvent(state: CourtState, signed: SignedAction, id: string, env: Env, memo: Memo): Applied {
  const progress = open(state, id, memo);
  if (!(progress instanceof Progress)) return progress;
  const { module, agreement } = progress;
  const { action } = signed;
  const isParty = holdsRole(agreement.dids, action.author);
  if (!isParty && !(action.kind === "act" && module.openActions.has(action.name)))
    return fail("unknown-party", `\`${action.author}\` holds no role in this agreement`);
  if (action.value !== null && module.rail >= 0 && signed.rail?.did !== agreement.dids[module.rail]) {
    return fail(
      "rail-required",
      `value comes with the signature of \`${module.roles[module.rail]}\` in this agreement`,
    );
  }
  const event = eventOf(signed, env.at);
  if ("reason" in event) return fail("malformed", event.reason);
  const run = runUntilConsumed(progress, event, { action: signed, stamp: env.at }, env, isParty);
  const consumed = run.answer.kind === "done" && run.answer.status !== "more";
  const writes =
    run.receipts.length === 0
      ? []
      : [...progress.writes(memo), storeAction(signed, env.seq, consumed ? run.receipts.length : 0, memo)];
  return { answer: run.answer, receipts: run.receipts, writes };
}

/** One by one: `includes` takes the slow way for texts. */
function holdsRole(dids: Agreement["dids"], did: string): boolean {
  for (let i = 0; i < dids.length; i++) if (dids[i] === did) return true;
  return false;
}

function runUntilConsumed(
  progress: Progress,
  event: Input,
  cause: Cause,
  env: Env,
  isParty: boolean,
): Pick<Applied, "answer" | "receipts"> {
  for (let steps = 0; steps < progress.module.catchUp; steps++) {
    const timer = progress.timerAt(env.at);
    const stepped = runStep(
      progress.frame(env),
      progress.module,
      progress.id,
      progress.state,
      event,
      cause,
      () => timer?.name ?? null,
    );
    const { outcome } = stepped.written.receipt;
    if (stepped.consumed && outcome.kind !== "accepted" && !isParty) {
      const refusal =
        outcome.kind === "refused"
          ? { kind: outcome.refusal.kind, name: outcome.refusal.name, path: outcome.refusal.path }
          : { kind: "fault", name: outcome.code, path: "" };
      return {
        answer: {
          kind: "problem",
          problem: problem("refused", refusal.name === "" ? refusal.kind : `${refusal.kind} \`${refusal.name}\``, {
            refusal,
          }),
        },
        receipts: progress.receipts,
      };
    }
    const timerFaulted = outcome.kind === "fault" && timer !== null;
    progress.take(stepped.written, stepped.state, timerFaulted);
    if (stepped.consumed || timerFaulted || progress.agreement.halted)
      return { answer: done(progress, env, outcome.kind), receipts: progress.receipts };
  }
  return { answer: done(progress, env, "more"), receipts: progress.receipts };
}

const done = (progress: Progress, env: Env, status: "accepted" | "refused" | "fault" | "more"): Answer => ({
  kind: "done",
  status,
  first: env.seq,
  count: progress.receipts.length,
  repeated: false,
});

/** Fires what is due, at most `catch_up` timers. The tick itself leaves no receipt: it is nobody's act. */
function applyTick(state: CourtState, agreement: string, env: Env, memo: Memo): Applied {
  const progress = open(state, agreement, memo);
  if (!(progress instanceof Progress)) return progress;
  if (progress.timerAt(env.at) === null) {
    const { due } = progress.agreement;
    return fail(
      "nothing-due",
      due === null ? "this agreement waits for no instant" : `the next timer fires at ${firesAt(due)}, it is ${env.at}`,
    );
  }
  const event = tickEvent(env.at);
  const cause: Cause = { action: null, stamp: env.at };
  for (let steps = 0; steps < progress.module.catchUp; steps++) {
    const timer = progress.timerAt(env.at);
    if (timer === null || progress.agreement.halted) break;
    const stepped = runStep(
      progress.frame(env),
      progress.module,
      progress.id,
      progress.state,
      event,
      cause,
      () => timer.name,
    );
    const { outcome } = stepped.written.receipt;
    // A module whose `due` names a timer that its `step` does not fire would be ticked for ever.
    progress.take(stepped.written, stepped.state, outcome.kind === "fault" || stepped.consumed);
  }
  const last = progress.receipts.at(-1)?.receipt.outcome.kind ?? "accepted";
  const more = progress.timerAt(env.at) !== null && !progress.agreement.halted;
  return {
    answer: done(progress, env, more ? "more" : last),
    receipts: progress.receipts,
    writes: progress.writes(memo),
  };
}
