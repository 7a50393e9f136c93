// What two logs come to when they are held against each other, and what was asked of them.
import { COMPARE_SLACK_MS } from "../limits.ts";

/** What of an exchange is compared. */
export type Part = "record" | "method" | "target" | "request" | "decision" | "status" | "answer";

export interface Difference {
  readonly part: Part;
  readonly client: string;
  readonly server: string;
}

export interface Named {
  readonly index: number;
  readonly leaf: string;
  readonly exchange: string;
  readonly at: number;
  /** Method and target, for people. */
  readonly what: string;
}
export type Side = "client" | "server";

export type Finding =
  /** Both have it, and say different things. */
  | {
      readonly kind: "differs";
      readonly client: Named;
      readonly server: Named;
      readonly differences: readonly Difference[];
    }
  /** Two records of one side stand for one of the other. */
  | { readonly kind: "twice"; readonly side: Side; readonly one: Named; readonly other: Named }
  /** One has it, and what it holds shows that the other must have it. */
  | { readonly kind: "only"; readonly side: Side; readonly one: Named; readonly why: string };

/** Why a record has nothing to be held against. */
export const NOT_COMPARABLE = {
  "outside-time": "outside of the time that both logs cover",
  "no-answer": "sent, and no answer came: whether it arrived is not known",
  "not-named": "answered by something that named no record",
  "no-receipt": "answered by a cage that wrote no record of its own, as in a flood",
  "other-callers": "of callers that nothing shows to be the other cage",
  "not-in-part": "not in the part of the other log that was given",
} as const;
export type NotComparable = keyof typeof NOT_COMPARABLE;

export interface Report {
  readonly equal: number;
  /** Of them: something of it is not known to one of the two. */
  readonly equalInPart: number;
  /** How pairs were found. */
  readonly by: Readonly<Record<"answer" | "request" | "nonce", number>>;
  readonly differs: number;
  readonly twice: number;
  readonly onlyClient: number;
  readonly onlyServer: number;
  readonly notComparable: Readonly<Record<NotComparable, number>>;
  /** Of the client, to hosts that are not compared. */
  readonly elsewhere: number;
  /** The first ones. */
  readonly findings: readonly Finding[];
}

export interface Scope {
  /** Hosts of the server. */
  readonly hosts: ReadonlySet<string>;
  /** Milliseconds: what lies between must be in both. */
  readonly from: number;
  readonly until: number;
  /** Nothing else is asked about: pairs outside of that time are not compared, either. */
  readonly within: boolean;
  /** Nobody else calls the server: what it has came from the client. */
  readonly soleCaller: boolean;
  /** Sides of which a part of the log is given: what is not in it may be in the log. */
  readonly parts: ReadonlySet<Side>;
}

/** Where both logs have records, less what clocks may differ by. */
export const overlap = (a: Covered, b: Covered): Pick<Scope, "from" | "until"> => ({
  from: Math.max(a.first, b.first) + COMPARE_SLACK_MS,
  until: Math.min(a.last, b.last) - COMPARE_SLACK_MS,
});
interface Covered {
  readonly first: number;
  readonly last: number;
}
