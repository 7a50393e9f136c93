// Writes one value to a ledger, from the built program; prints `written`. Used by store.test.ts.
import { LmdbStorage } from "../../../dist/ledger/index.js";

const storage = LmdbStorage.open({ folder: process.argv[2], create: false });
await storage.write([{ namespace: "court", key: "other", value: new Uint8Array(1) }]);
process.stdout.write("written");
await storage.close();
