import { isWay, type Side, type Way, type Ways } from "./ways.ts";

/** Statements that go the way of an input. `variable`: of the field in a slot; `leave`: the statement that leaves the input to the general
 *  way; `end` gives the statement at the end of a way. */
export function waysText(
  ways: Ways,
  variable: (slot: number) => string,
  leave: string,
  end: (way: Way) => string,
): string {
  const side = ({ slot, value }: Side): string => (slot < 0 ? JSON.stringify(value) : variable(slot));
  const text = (at: Ways): string => {
    if (isWay(at)) return end(at);
    // The known side first: a test on a text stands among the tests of atoms, too, and the host would make one of both and carry it out before
    // everything else, for inputs as well that need neither.
    const [one, other] = at.right.slot < 0 ? [at.right, at.left] : [at.left, at.right];
    const test = at.test === "===" || at.test === "!==";
    const numbers = at.numbers ? [at.left, at.right].filter(({ slot }) => slot >= 0) : [];
    const guard = numbers.map((each) => `typeof ${side(each)} !== "number"`).join(" || ");
    const holds = test ? `${side(one)} ${at.test} ${side(other)}` : `${side(at.left)} ${at.test} ${side(at.right)}`;
    return `${guard === "" ? "" : `if (${guard}) ${leave}\n`}if (${holds}) { ${text(at.yes)} } else { ${text(at.no)} }`;
  };
  return text(ways);
}
