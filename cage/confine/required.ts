// Whether a cage may start: its application has no other way out. Either the ways are tried now, or the outcome of a check is read that root
// made just before: a cage that runs as a user of its own cannot become the application's.
import { readFileSync, statSync } from "node:fs";
import { CONFINE_OUTCOME_AGE_MS, PROBE_OUTPUT_BYTES_MAX } from "../limits.ts";
import type { PlainRecord } from "../point.ts";
import { type CheckOptions, type CheckOutcome, ConfineError, checkConfinement } from "./check.ts";
import { confineBody } from "./record.ts";

export type RequiredConfinement =
  | ({ readonly kind: "tried" } & Omit<CheckOptions, "cage">)
  /** What `writ cage confine --check --json` has printed. */
  | { readonly kind: "file"; readonly path: string };

export interface Found {
  readonly user: string;
  /** Ids of the ways past the cage that are open. */
  readonly open: readonly string[];
  readonly body: PlainRecord;
}

/** Rejects with ConfineError when it cannot be known. */
export async function foundConfinement(
  required: RequiredConfinement,
  { cage, nowMs }: { readonly cage: CheckOptions["cage"]; readonly nowMs: number },
): Promise<Found> {
  if (required.kind === "file") return readOutcome(required.path, nowMs);
  const outcome = await checkConfinement({ ...required, cage });
  // The cage does not listen yet, so that it is not reached says nothing.
  const { cage: _, ...body } = confineBody(outcome);
  return { user: outcome.user, open: outcome.open, body: { ...body, required: true } };
}

function readOutcome(path: string, nowMs: number): Found {
  let text: string;
  try {
    const { uid, mode, size } = statSync(path);
    const own = process.getuid?.();
    if (uid !== 0 && uid !== own) throw new ConfineError(`${path} is of neither root nor the cage`);
    if ((mode & 0o022) !== 0) throw new ConfineError(`${path} can be written by others`);
    if (size > PROBE_OUTPUT_BYTES_MAX) throw new ConfineError(`${path} is too large`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ConfineError) throw error;
    throw new ConfineError(`${path} cannot be read: ${(error as Error).message}`);
  }
  const { at, user, uid, open, ways } = outcomeOf(text, path);
  const age = nowMs - Date.parse(at);
  if (!(age >= -CONFINE_OUTCOME_AGE_MS && age <= CONFINE_OUTCOME_AGE_MS))
    throw new ConfineError(`${path} was not made in the last ${CONFINE_OUTCOME_AGE_MS / 60_000} minutes`);
  const body = { user, uid, confined: open.length === 0, open, ways: ways as PlainRecord[], made: at, required: true };
  return { user, open, body };
}

type Written = Pick<CheckOutcome, "user" | "uid" | "open"> & { readonly at: string; readonly ways: readonly object[] };

function outcomeOf(text: string, path: string): Written {
  try {
    const { at, user, uid, open, ways } = JSON.parse(text) as { readonly [name: string]: unknown };
    const isTexts = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every((each) => typeof each === "string");
    const outcomes = (Array.isArray(ways) ? (ways as unknown[]) : []).map((way) => {
      const { id, to, verdict, confined, free } = way as { readonly [name: string]: unknown };
      return { id, to, verdict, confined, free };
    });
    const whole = outcomes.every((way) => isTexts(Object.values(way)));
    // What is open must be told twice in the same way.
    const said = outcomes.filter(({ verdict }) => verdict === "open").map(({ id }) => id as string);
    if (
      typeof at === "string" &&
      typeof user === "string" &&
      typeof uid === "number" &&
      isTexts(open) &&
      whole &&
      outcomes.length > 0 &&
      said.sort().join() === [...open].sort().join()
    )
      return { at, user, uid, open, ways: outcomes };
  } catch {
    // Said below.
  }
  throw new ConfineError(`${path} is no outcome of a check`);
}
