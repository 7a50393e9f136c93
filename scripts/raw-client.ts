// A client of kept connections, one request at a time on each, by bytes: it costs a fraction of what a proxy costs.
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** The leaf hash of the record that the cage names; null when it names none. */
  readonly receipt: string | null;
}

export class RawClient {
  readonly #socket: Socket;
  #text = "";
  #waiting: { readonly done: (answer: RawAnswer) => void; readonly fail: (error: Error) => void } | null = null;
  #error: Error | null = null;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (part: string) => this.#heard(part));
    this.#socket.on("error", (error) => this.#ended(error));
    this.#socket.on("close", () => this.#ended(new Error("the connection was closed")));
  }

  /** Sends the bytes of one request and waits for the whole answer, whose length its head must say. */
  ask(bytes: string): Promise<RawAnswer> {
    if (this.#error !== null) return Promise.reject(this.#error);
    return new Promise((done, fail) => {
      this.#waiting = { done, fail };
      this.#socket.write(bytes, "latin1");
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #heard(part: string): void {
    this.#text += part;
    const end = this.#text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#text.slice(0, end);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
    if (Number.isNaN(length)) return this.#ended(new Error(`an answer without a length: ${head}`));
    if (this.#text.length < end + 4 + length) return;
    this.#text = this.#text.slice(end + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.done({
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
      receipt: /^cage-decision: .*receipt="([0-9a-f]{64})"/im.exec(head)?.[1] ?? null,
    });
  }

  #ended(error: Error): void {
    this.#error ??= error;
    this.#waiting?.fail(this.#error);
    this.#waiting = null;
  }
}
