// What a panel is: a part of the page that shows one answer about the document.
import type { Place } from "../messages.ts";
import type { WorkerClient } from "../worker-client.ts";

export interface Context {
  readonly worker: WorkerClient;
  /** Shows a place in the editor. */
  readonly goTo: (place: Place) => void;
}

export interface Panel {
  /** The document changed, or the panel is shown. */
  readonly show: (text: string, place: HTMLElement) => Promise<void>;
}
