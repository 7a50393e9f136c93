// A response that is held until its signature was found good: nothing of it is seen before, nor when it is not.
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { CLIENT_BODY_BYTES_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import { bodyOf } from "../signature/digest.ts";
import type { RequestMessage } from "../signature/message.ts";
import { SignatureError } from "../signature/problems.ts";
import { type Profile, verifyMessage } from "../signature/verify.ts";

export interface HoldOptions {
  readonly request: RequestMessage;
  readonly profile: Profile;
  /** Seconds since 1970, when the response is there. */
  readonly now: () => number;
}

/** Stands between undici and the handler of the caller. */
export class HeldResponse implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #options: HoldOptions;
  #to: Outlet | null = null;
  #status = 0;
  #statusText: string | undefined;
  #headers: IncomingHttpHeaders = {};
  #fields: readonly Field[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(handler: Dispatcher.DispatchHandler, options: HoldOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#to = new Outlet(controller);
    this.#chunks = [];
    this.#bytes = 0;
    this.#handler.onRequestStart?.(this.#to, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText?: string,
  ): void {
    // `100 Continue` and its like are not the answer.
    if (status < 200) return;
    this.#status = status;
    this.#statusText = statusText;
    this.#headers = headers;
    this.#fields = fieldsOf(controller.rawHeaders, headers);
    if (this.#to !== null) this.#to.rawHeaders = controller.rawHeaders ?? null;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > CLIENT_BODY_BYTES_MAX)
      controller.abort(new SignatureError("body-too-large", "body", "the body is too long to be held"));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    const to = this.#to ?? new Outlet(controller);
    to.rawTrailers = controller.rawTrailers ?? null;
    this.#release(to, trailers).catch((error: Error) => this.#handler.onResponseError?.(to, error));
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#handler.onResponseError?.(this.#to ?? controller, error);
  }

  async #release(to: Outlet, trailers: IncomingHttpHeaders): Promise<void> {
    const { request, profile, now } = this.#options;
    const content = Buffer.concat(this.#chunks, this.#bytes);
    const verdict = await verifyMessage({
      message: {
        kind: "response",
        status: this.#status,
        fields: this.#fields,
        trailers: fieldsOf(to.rawTrailers, trailers),
        request,
      },
      body: bodyOf(content),
      profile,
      now: now(),
    });
    if ("problem" in verdict) {
      const { problem, at, detail } = verdict.problem;
      throw new SignatureError(problem, at, `${detail} (a response with status ${this.#status})`);
    }
    await to.open();
    this.#handler.onResponseStart?.(to, this.#status, this.#headers, this.#statusText);
    await to.open();
    if (content.length > 0) this.#handler.onResponseData?.(to, content);
    await to.open();
    this.#handler.onResponseEnd?.(to, trailers);
  }
}

/** What the handler holds the flow by, also when the connection has nothing more to say. */
class Outlet implements Dispatcher.DispatchController {
  readonly #inner: Dispatcher.DispatchController;
  #resumed: (() => void) | null = null;
  rawHeaders: NonNullable<Dispatcher.DispatchController["rawHeaders"]> | null = null;
  rawTrailers: NonNullable<Dispatcher.DispatchController["rawTrailers"]> | null = null;
  paused = false;
  aborted = false;
  reason: Error | null = null;

  constructor(inner: Dispatcher.DispatchController) {
    this.#inner = inner;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
    this.#resumed?.();
  }
  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#inner.abort(reason);
    this.resume();
  }
  /** When the handler takes more; throws when it does not want it any more. */
  async open(): Promise<void> {
    if (this.paused)
      await new Promise<void>((done) => {
        this.#resumed = done;
      });
    this.#resumed = null;
    if (this.aborted) throw this.reason;
  }
}

/** Lines as they came where they are known: what was read as UTF-8 has lost its bytes. */
function fieldsOf(raw: Dispatcher.DispatchController["rawHeaders"], headers: IncomingHttpHeaders): Field[] {
  if (!Array.isArray(raw))
    return Object.entries(headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value ?? ""]).map((each) => [name.toLowerCase(), each] as const),
    );
  const text = (part: string | Buffer): string => (typeof part === "string" ? part : part.toString("latin1"));
  return Array.from({ length: raw.length >> 1 }, (_, at) => [text(raw[2 * at]!).toLowerCase(), text(raw[2 * at + 1]!)]);
}
