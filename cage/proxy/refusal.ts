// The record of a head that no policy sees, or of an exchange that ends before its intent.
import type { RecordId } from "../point.ts";
import type { Connection } from "./connection.ts";
import { meaningOf } from "./words.ts";
import type { World } from "./world.ts";

/** Never rejects: null where the record could not be written. */
export async function recordRefusal(
  world: World,
  connection: Connection,
  { exchange, word, detail }: { readonly exchange: string; readonly word: string; readonly detail: string | null },
): Promise<RecordId | null> {
  world.numbers.pending++;
  try {
    return await world.gate.note("refusal", {
      exchange,
      word,
      direction: connection.direction.kind,
      caller: connection.caller,
      status: meaningOf(word)[0],
      ...(detail === null ? {} : { detail }),
    });
  } catch (error) {
    world.numbers.recordFailures++;
    world.log.error({ exchange, err: error }, "a record could not be written");
    return null;
  } finally {
    world.numbers.pending--;
  }
}
