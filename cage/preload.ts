// `node --import writ/cage/preload app.js`: an application whose own `fetch`, `http` and `https` go through the cage, without a line of it
// changed. Requests are handed over in absolute form, so the cage sees them whole and no certificate is needed. This helps honest
// code; what stops the other kind is confinement.
//
// WRIT_CAGE says where the cage is: `http://127.0.0.1:7440`, or `unix:/run/cage.sock`.
import { createRequire } from "node:module";
import { setGlobalDispatcher } from "undici";
import { cageAgent, cageDispatcher, readCage } from "./client/hook.ts";

const cage = readCage(process.env["WRIT_CAGE"]);
setGlobalDispatcher(cageDispatcher(cage));

// As modules see them is read-only; what is required is the one object that everybody shares.
const require = createRequire(import.meta.url);
const http = require("node:http") as typeof import("node:http");
const https = require("node:https") as typeof import("node:https");
http.globalAgent = cageAgent(cage, "http:");
https.globalAgent = cageAgent(cage, "https:") as typeof https.globalAgent;
