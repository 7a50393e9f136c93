// How the proxy has its records written: by calls, because a promise for each of the two records of an exchange would be most of what the
// cage itself costs. A gate that has only promises is used through them.
import type { Decision, Facts, Gate, Outcome, Recorded, RecordId } from "../point.ts";

export interface Recorder {
  intent(decided: Decision | readonly Decision[], facts: Facts, done: Recorded): void;
  complete(intent: RecordId, outcome: Outcome, done: Recorded): void;
}

export function recorderOf(gate: Gate): Recorder {
  return {
    intent:
      gate.intentThen === undefined
        ? (decided, facts, done) => told(gate.intent(decided, facts), done)
        : (decided, facts, done) => gate.intentThen!(decided, facts, done),
    complete:
      gate.completeThen === undefined
        ? (intent, outcome, done) => told(gate.complete(intent, outcome), done)
        : (intent, outcome, done) => gate.completeThen!(intent, outcome, done),
  };
}

const told = (record: Promise<RecordId>, done: Recorded): void =>
  void record.then(
    (id) => done(null, id),
    (error) => done(error, null),
  );
