// What the page asks the worker, and what it is answered: plain data, as it passes between threads.

/** Both from 1; columns count UTF-16 units, as Monaco does. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Range {
  readonly from: Place;
  readonly to: Place;
}

export interface Problem extends Range {
  readonly severity: "error" | "warning";
  /** `lang/unknown-key` */
  readonly code: string;
  readonly message: string;
  /** One thing to do. */
  readonly help: string | null;
  readonly labels: readonly (Range & { readonly text: string })[];
}

export type Kind = "agreement" | "policy" | "module";

export interface Checked {
  readonly kind: Kind | null;
  /** Name and version; empty when it could not be read. */
  readonly title: string;
  readonly problems: readonly Problem[];
  /** Of a policy without errors, for `decide`. */
  readonly policy: PolicyForm | null;
}

/** What a policy is asked with. */
export interface PolicyForm {
  /** Inputs of its tests, as JSON. */
  readonly inputs: readonly { readonly name: string; readonly input: string; readonly data: string }[];
  /** Names of its data documents. */
  readonly data: readonly string[];
}

export interface TestRow {
  readonly name: string;
  readonly ok: boolean;
  readonly fuel: number;
  /** What was done, in the author's words. */
  readonly steps: readonly string[];
  readonly problems: readonly Problem[];
}

export interface Tested {
  readonly rows: readonly TestRow[];
  /** Of a policy: how often each rule matched, held and erred. */
  readonly coverage: readonly {
    readonly rule: string;
    readonly matched: number;
    readonly passed: number;
    readonly erred: number;
  }[];
}

export interface RuleShown {
  readonly title: string;
  readonly effect: string;
  readonly line: number;
  readonly state: "true" | "false" | "error";
  readonly determines: boolean;
  readonly shadow: boolean;
  readonly parts: readonly {
    readonly text: string;
    readonly state: "true" | "false" | "error";
    readonly reads: string;
    readonly error: string | null;
  }[];
}

export interface Decided {
  readonly decision: "allow" | "deny";
  readonly fuel: number;
  readonly toCaller: readonly string[];
  readonly toOperator: readonly string[];
  readonly obligations: readonly string[];
  readonly errors: readonly string[];
  readonly rules: readonly RuleShown[];
  /** The smallest change of the input that gives the other answer, decided again to prove it; null where none was found. */
  readonly other: {
    readonly wanted: "allow" | "deny";
    readonly changes: readonly string[] | null;
    readonly tried: number;
  };
}

export interface Code {
  readonly text: string;
  readonly bytes: number;
  readonly moduleId: string;
  /** Worst fuel of each rule or event. */
  readonly costs: readonly { readonly name: string; readonly fuel: number; readonly line: number | null }[];
}

export interface Suggestion {
  readonly label: string;
  readonly kind: "key" | "value" | "function";
  readonly detail: string;
  readonly doc: string;
  readonly insert: string;
}

/** Questions by name, each with what it takes and gives. */
export interface Questions {
  readonly check: { readonly ask: { readonly text: string }; readonly answer: Checked };
  readonly format: { readonly ask: { readonly text: string }; readonly answer: { readonly text: string } };
  readonly test: { readonly ask: { readonly text: string }; readonly answer: Tested };
  readonly decide: {
    readonly ask: { readonly text: string; readonly input: string; readonly data: string };
    readonly answer: Decided;
  };
  readonly code: { readonly ask: { readonly text: string }; readonly answer: Code };
  readonly complete: { readonly ask: { readonly text: string } & Place; readonly answer: readonly Suggestion[] };
  readonly hover: {
    readonly ask: { readonly text: string } & Place;
    readonly answer: (Range & { readonly markdown: string }) | null;
  };
}

export type Question = keyof Questions;

/** `problem`: it cannot be answered, in one sentence. */
export type Reply<Q extends Question = Question> =
  | { readonly answer: Questions[Q]["answer"] }
  | { readonly problem: string };

export interface Asked<Q extends Question = Question> {
  readonly id: number;
  readonly question: Q;
  readonly ask: Questions[Q]["ask"];
}

/** Null once, when the worker has begun: what is sent before is lost while its modules load. */
export type Answered = { readonly id: number; readonly reply: Reply } | null;
