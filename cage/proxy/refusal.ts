// The record of a head that no policy sees, or of an exchange that ends before its intent.
import type { PlainRecord, RecordId } from "../point.ts";
import type { Connection } from "./connection.ts";
import { meaningOf } from "./words.ts";
import type { World } from "./world.ts";

export interface Refused {
  readonly from: Pick<Connection, "direction" | "caller">;
  readonly exchange: string;
  readonly word: string;
  readonly detail: string | null;
}

/** Never rejects: null where the record could not be written. */
export const recordRefusal = (world: World, { from, exchange, word, detail }: Refused): Promise<RecordId | null> =>
  noteRefusal(world, exchange, {
    exchange,
    word,
    direction: from.direction.kind,
    caller: from.caller,
    status: meaningOf(word)[0],
    ...(detail === null ? {} : { detail }),
  });

/** The same of any body. `exchange`: for the log. */
export async function noteRefusal(world: World, exchange: string | null, body: PlainRecord): Promise<RecordId | null> {
  world.numbers.pending++;
  try {
    return await world.gate.note("refusal", body);
  } catch (error) {
    world.numbers.recordFailures++;
    world.log.error({ exchange, err: error }, "a record could not be written");
    return null;
  } finally {
    world.numbers.pending--;
  }
}
