// The signed head of the tree: which log, how many entries, which root. Source: c2sp.org/tlog-checkpoint.
import { base64, fromBase64 } from "../core/index.ts";
import { HASH_BYTES } from "./merkle.ts";

export interface Checkpoint {
  /** Identity of the log, such as `court.example/main`. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** The text of a checkpoint, the part that is signed. */
export const printCheckpoint = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${base64(root)}\n`;

/** Reads the first three lines of a checkpoint of any log, whatever lines of its own it adds: they are signed, and mean nothing here. */
export function parseHead(text: string): Checkpoint | undefined {
  const lines = text.split("\n");
  return lines.slice(3, -1).includes("") ? undefined : parseCheckpoint(`${lines.slice(0, 3).join("\n")}\n`);
}

/** Reads the text of a checkpoint; extension lines are refused, as nothing of ours writes them. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") return undefined;
  const [origin, sizeText, rootText] = lines as [string, string, string, string];
  const root = fromBase64(rootText);
  if (origin === "" || !/^(0|[1-9][0-9]{0,15})$/.test(sizeText) || root?.length !== HASH_BYTES) return undefined;
  const size = Number(sizeText);
  return Number.isSafeInteger(size) ? { origin, size, root } : undefined;
}
