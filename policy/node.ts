// Policies with files and a port: decision logs, what is needed to run them again, and the server.
export { Chain, type Head, headText, readHead } from "./chain.ts";
export { DecisionLog, type DecisionLogOptions } from "./log-file.ts";
export { type FileLine, linesOf } from "./log-read.ts";
export { type LoggedPolicy, logged } from "./logged.ts";
export type { Answered, AnswerLine, Line, LogLine } from "./record.ts";
export {
  type Artifacts,
  Comparer,
  type Comparison,
  type Difference,
  type Flip,
  Replayer,
  type Verdict,
} from "./replay.ts";
export type { LoadedFrom, Stale } from "./running.ts";
export { acceptAndRecord, readSeen, seenOf } from "./seen.ts";
export { DEFAULT_POLICY_PORT, type PolicyServeOptions, type PolicyServing, servePolicy } from "./serve.ts";
export { Store, storeOf } from "./store.ts";
export { type Watch, type WatchOptions, watchFiles } from "./watch.ts";
