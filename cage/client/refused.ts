// A request that is refused before it is sent.
import type { Dispatcher } from "undici";

/** Of a request that never left. */
const NOT_SENT: Dispatcher.DispatchController = {
  aborted: true,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

/** Handlers come in two kinds: those of this undici, and those of the fetch of older Nodes. */
export function refused(handler: Dispatcher.DispatchHandler, error: Error): void {
  if (handler.onResponseError !== undefined) handler.onResponseError(NOT_SENT, error);
  else handler.onError?.(error);
}
