// Starts a court from flags and environment, says where it listens, and stops on SIGINT or SIGTERM.
import { LedgerError } from "../ledger/index.ts";
import { readConfiguration } from "./configuration.ts";
import { CourtError } from "./errors.ts";
import { serve } from "./serve.ts";

async function main(): Promise<void> {
  const serving = await serve(readConfiguration(process.argv.slice(2), process.env));
  process.stdout.write(`court ${serving.node.origin} at ${serving.url}\n`);
  const stop = (): void => {
    serving.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  if (error instanceof CourtError || error instanceof LedgerError)
    process.stderr.write(`${error.code}: ${error.message}. ${error.help}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(2);
});
