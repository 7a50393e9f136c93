// The engine's worker in Node.
import { parentPort } from "node:worker_threads";
import { serve } from "./worker.js";

serve({ post: (message) => parentPort.postMessage(message), listen: (receive) => parentPort.on("message", receive) });
