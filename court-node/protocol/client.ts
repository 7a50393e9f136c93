// Talks to a court over `fetch`: signs, sends, sends again on `more`, and gives receipts as they were acknowledged. Runs in a
// browser, in Node and in the cage.
import { base64, fromBase64, hex } from "../../core/index.ts";
import {
  type Action,
  type ActionKind,
  actionToJson,
  encodeEnvelope,
  type SignedAction,
  signAction,
  signTogether,
} from "./action.ts";
import { DEADLINE_DEFAULT_MS, NONCE_BYTES, RESENDS_MAX } from "./limits.ts";
import { PROBLEMS, type Problem, type ProblemCode, ProblemError, problem } from "./problem.ts";
import { decodeReceipt, type Receipt, receiptId } from "./receipt.ts";
import type { Json } from "./show.ts";
import type { Signer } from "./signer.ts";

export interface ClientOptions {
  /** Address of the court, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Origin of its log; asked of the court when left out, which trusts the connection. */
  readonly origin?: string;
  readonly fetch?: typeof fetch;
  /** Ms since 1970, for deadlines. */
  readonly now?: () => number;
  readonly random?: (bytes: number) => Uint8Array;
}

export interface ReceiptAnswer {
  readonly seq: number;
  /** Hex id of the receipt. */
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly receipt: Receipt;
  /** The server's view, by the module's types. */
  readonly view: Json;
}

export interface ActionAnswer {
  readonly status: "accepted" | "refused" | "fault";
  /** All receipts on the way: timers first, the action's own last. */
  readonly receipts: readonly ReceiptAnswer[];
  /** The action came before; these are its receipts from then. */
  readonly repeated: boolean;
}

export interface Act {
  readonly agreement: string;
  readonly signer: Signer;
  /** Name of the action or power. */
  readonly name?: string;
  /** Inputs: JSON text with tokens kept, or plain data (numbers must be safe integers; write others as text). */
  readonly inputs?: string | Json;
  readonly value?: Action["value"];
  readonly for?: string | null;
  /** Certifies the value, where the agreement has a rail. */
  readonly rail?: Signer;
  readonly deadlineMs?: number;
}

export interface CourtEvent {
  readonly seq: number;
  readonly agreement: string | null;
  readonly kind: string;
  readonly event: { readonly kind: string; readonly name: string };
  readonly outcome: string;
}

const randomBytes = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));

export type CourtClient = ReturnType<typeof createClient>;

/** A client of one court. Every method rejects with ProblemError when the court answers a problem. */
export function createClient(options: ClientOptions) {
  const { now = Date.now, random = randomBytes } = options;
  const call = options.fetch ?? fetch;
  const base = options.url.replace(/\/+$/, "");
  let origin: Promise<string> | undefined = options.origin === undefined ? undefined : Promise.resolve(options.origin);

  const send = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await call(base + path, init);
    if (response.ok) return response;
    throw new ProblemError(await problemOf(response));
  };
  const json = async (path: string, init?: RequestInit): Promise<Json> =>
    (await (await send(path, init)).json()) as Json;
  const post = (path: string, body: Json): RequestInit & { path: string } => ({
    path,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await send(path)).arrayBuffer());
  const text = async (path: string): Promise<string> => (await send(path)).text();
  const originOf = (): Promise<string> => {
    origin ??= json("/healthz").then((health) => String((health as { origin?: Json }).origin));
    return origin;
  };

  type Signing = Omit<Act, "agreement"> & { readonly agreement: string | null };

  async function actionOf(kind: ActionKind, act: Signing): Promise<Action> {
    const { inputs = null } = act;
    return {
      origin: await originOf(),
      kind,
      agreement: act.agreement,
      name: act.name ?? "",
      inputs: typeof inputs === "string" ? inputs : JSON.stringify(inputs),
      value: act.value ?? null,
      for: act.for ?? null,
      author: act.signer.did,
      nonce: random(NONCE_BYTES),
      deadline: now() + (act.deadlineMs ?? DEADLINE_DEFAULT_MS),
    };
  }

  const sign = async (kind: ActionKind, act: Signing): Promise<SignedAction> =>
    signAction(await actionOf(kind, act), act.signer, act.rail ?? null);

  async function prepareAll(
    kind: ActionKind,
    acts: readonly Omit<Signing, "signer" | "rail">[],
    { signer, rail }: Pick<Signing, "signer" | "rail">,
  ): Promise<readonly SignedAction[]> {
    const actions = await Promise.all(acts.map((act) => actionOf(kind, { ...act, signer })));
    return signTogether(actions, signer, rail ?? null);
  }

  /** Sends a signed action until the court consumed it; the same bytes each time, so repeating is safe. */
  async function submit(signed: SignedAction): Promise<ActionAnswer> {
    const receipts: ReceiptAnswer[] = [];
    for (let sent = 0; sent < RESENDS_MAX; sent++) {
      const answer = (await json("/actions", {
        method: "POST",
        headers: { "content-type": "application/cbor" },
        body: encodeEnvelope(signed) as Uint8Array<ArrayBuffer>,
      })) as unknown as AnswerJson;
      receipts.push(...answer.receipts.map(readReceipt));
      if (answer.status !== "more") return { status: answer.status, receipts, repeated: answer.repeated };
    }
    throw new ProblemError(problem("overloaded", `the action still waits behind timers after ${RESENDS_MAX} calls`));
  }
  const perform = async (kind: ActionKind, act: Act): Promise<ActionAnswer> => submit(await sign(kind, act));

  return {
    url: base,
    origin: originOf,
    sign: (act: Act) => perform("sign", act),
    act: (act: Act & { readonly name: string }) => perform("act", act),
    pay: (act: Act) => perform("pay", act),
    use: (act: Act & { readonly name: string }) => perform("use", act),
    withdraw: (act: Act) => perform("withdraw", act),
    /** Signs without sending, for a later `submit` or a batch. */
    prepare: sign,
    /** The same of many actions of one author, with one signature for up to 1,024 of them. */
    prepareAll,
    submit,

    /** Brings a module to the court; `moduleId` in hex. The same module twice gives the first receipt. */
    async deploy(deployment: {
      readonly file: Uint8Array;
      readonly moduleId: string;
      readonly signer: Signer;
    }): Promise<ActionAnswer> {
      const signed = await sign("deploy", { agreement: null, name: deployment.moduleId, signer: deployment.signer });
      const { path, ...init } = post("/modules", {
        action: actionToJson(signed) as unknown as Json,
        file: base64(deployment.file),
      });
      return readAnswer((await json(path, init)) as unknown as AnswerJson);
    },

    /** Offers an agreement to the holders of its roles. The id of the agreement is in the receipt. */
    async offer(offer: {
      readonly moduleId: string;
      readonly roles: Readonly<Record<string, string>>;
      readonly terms: string | Json;
      readonly signer: Signer;
    }): Promise<ActionAnswer & { readonly agreement: string }> {
      const terms = typeof offer.terms === "string" ? offer.terms : JSON.stringify(offer.terms);
      const signed = await sign("offer", {
        agreement: null,
        name: offer.moduleId,
        inputs: `{"roles":${JSON.stringify(offer.roles)},"terms":${terms}}`,
        signer: offer.signer,
      });
      const answer = await submit(signed);
      const agreement = answer.receipts[0]?.receipt.agreement;
      if (agreement === null || agreement === undefined)
        throw new ProblemError(problem("internal", "the court's answer to the offer names no agreement"));
      return { ...answer, agreement: hex(agreement) };
    },

    /** Sends many signed actions at once, in order; one answer each, receipts by index and id only. */
    async batch(signed: readonly SignedAction[]): Promise<readonly BatchAnswer[]> {
      const { path, ...init } = post("/actions/batch", {
        envelopes: signed.map((each) => base64(encodeEnvelope(each))),
      });
      return ((await json(path, init)) as unknown as { readonly answers: readonly BatchAnswer[] }).answers;
    },

    /** Fires what is due, all of it. */
    async tick(agreement: string): Promise<ActionAnswer> {
      const receipts: ReceiptAnswer[] = [];
      for (let sent = 0; sent < RESENDS_MAX; sent++) {
        const answer = (await json(`/agreements/${agreement}/tick`, { method: "POST" })) as unknown as AnswerJson;
        receipts.push(...answer.receipts.map(readReceipt));
        if (answer.status !== "more") return { status: answer.status, receipts, repeated: false };
      }
      throw new ProblemError(problem("overloaded", `timers are still due after ${RESENDS_MAX} calls`));
    },

    health: () => json("/healthz"),
    modules: () => json("/modules"),
    module: (id: string) => bytes(`/modules/${id}`),
    agreements: (after?: string) => json(after === undefined ? "/agreements" : `/agreements?after=${after}`),
    /** The module's own view of the agreement, by its types. */
    state: (agreement: string) => json(`/agreements/${agreement}`),
    /** The next instant at which a timer fires, or null. */
    async due(
      agreement: string,
    ): Promise<{ readonly at: number; readonly edge: string; readonly name: string } | null> {
      const found = (await json(`/agreements/${agreement}`)) as unknown as {
        readonly due: { readonly at: number; readonly edge: string; readonly name: string } | null;
      };
      return found.due;
    },
    /** Receipts of an agreement from a step on. */
    async receipts(agreement: string, from = 0): Promise<readonly ReceiptAnswer[]> {
      const page = (await json(`/agreements/${agreement}/receipts?from=${from}`)) as unknown as {
        readonly receipts: readonly ReceiptJsonAnswer[];
      };
      return page.receipts.map(readReceipt);
    },
    async receipt(seq: number): Promise<ReceiptAnswer> {
      return readReceipt((await json(`/receipts/${seq}`)) as unknown as ReceiptJsonAnswer);
    },
    receiptBytes: (seq: number) => bytes(`/receipts/${seq}.cbor`),
    /** `tlog-proof` text of a receipt. */
    proof: (seq: number) => text(`/receipts/${seq}.proof`),
    /** One file to check a receipt with, see `verifyBundle`. */
    bundle: (seq: number) => bytes(`/receipts/${seq}.bundle`),
    checkpoint: () => text("/checkpoint"),

    /** What happens, as it happens, from after a receipt on. Ends when the signal aborts; rejects when the stream breaks. */
    async *events(stream: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncGenerator<CourtEvent> {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (stream.after !== undefined) headers["last-event-id"] = String(stream.after);
      const response = await send(
        "/events",
        stream.signal === undefined ? { headers } : { headers, signal: stream.signal },
      );
      if (response.body === null) return;
      let rest = "";
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          rest += decoder.decode(value, { stream: true });
          const blocks = rest.split("\n\n");
          rest = blocks.pop() ?? "";
          for (const block of blocks) {
            const data = /^data: (.*)$/m.exec(block)?.[1];
            if (data !== undefined) yield JSON.parse(data) as CourtEvent;
          }
        }
      } finally {
        await reader.cancel().catch(() => undefined);
      }
    },
  };
}

export type BatchAnswer =
  | {
      readonly status: "accepted" | "refused" | "fault" | "more";
      readonly receipts: readonly { readonly seq: number; readonly id: string }[];
      readonly repeated: boolean;
    }
  | { readonly problem: Problem };

interface ReceiptJsonAnswer {
  readonly seq: number;
  readonly id: string;
  readonly cbor: string;
  readonly view: Json;
}
interface AnswerJson {
  readonly status: "accepted" | "refused" | "fault" | "more";
  readonly receipts: readonly ReceiptJsonAnswer[];
  readonly repeated: boolean;
}

const readAnswer = (answer: AnswerJson): ActionAnswer => ({
  status: answer.status === "more" ? "accepted" : answer.status,
  receipts: answer.receipts.map(readReceipt),
  repeated: answer.repeated,
});

/** The bytes count: everything but the view is read from them. */
function readReceipt({ cbor, view }: ReceiptJsonAnswer): ReceiptAnswer {
  const bytes = fromBase64(cbor);
  const decoded = bytes === undefined ? undefined : decodeReceipt(bytes);
  if (bytes === undefined || decoded === undefined || "reason" in decoded)
    throw new ProblemError(problem("internal", "the court sent bytes that are no receipt"));
  return { seq: decoded.receipt.seq, id: hex(receiptId(bytes)), bytes, receipt: decoded.receipt, view };
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as Partial<Problem>;
    if (typeof body.code === "string" && Object.hasOwn(PROBLEMS, body.code))
      return { ...problem(body.code as ProblemCode, String(body.detail ?? "")), ...body };
  } catch {
    // Not ours: a proxy's page, or a cut answer. The status says what can be said.
  }
  return { ...problem("internal", `the answer ${response.status} is not a court's`), status: response.status };
}
