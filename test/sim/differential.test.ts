// The compiled step against the model: random events over every agreement here, in examples/ and in the pages, compared
// after every step; and against itself with a tick at each deadline. About ten seconds; `SIM=n` plays n times as many stories, `SEED=n` begins with another.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { hasErrors } from "../../lang/index.ts";
import { type Contestant, contestant, playRandom, shrink, type Tally, written } from "./duel.ts";
import { punctual, storyOf } from "./punctual.ts";

const root = join(import.meta.dirname, "../..");
const yamlIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(folder, name));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const pages = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) =>
    [...read(join("docs", name)).matchAll(/```yaml\n(agreement:[\s\S]*?)```/g)].map(
      (match, i) => [`${name} ${i + 1}`, match[1] as string] as const,
    ),
  );
/** A page may show a document with a mistake; test/docs sees to it that all others compile. */
const compiles = (name: string, text: string): boolean => !hasErrors(compile({ name, text }).diagnostics);
/** Policies have no steps; what fills a template is made from CUE and played by its own test. */
const isAgreement = ([, text]: readonly [string, string]): boolean => /^agreement:/m.test(text) && !/^use:/m.test(text);
const agreements = [
  ...[...yamlIn("test/sim/agreements"), ...yamlIn("examples")]
    .map((path) => [path.replace(/\/agreement\.yaml$/, ""), read(path)] as const)
    .filter(isAgreement),
  ...pages.filter(([name, text]) => compiles(name, text)),
];

const STORIES = 6 * Math.max(1, Math.floor(Number(process.env["SIM"] ?? 1)));
const FIRST_SEED = Number(process.env["SEED"] ?? 1);
const EVENTS_MOST = 40;

const compiled = new Map<string, Contestant>();
function opened(name: string, text: string): Contestant {
  const made = compiled.get(name) ?? contestant(basename(name), text);
  compiled.set(name, made);
  return made;
}

const total: Tally = { events: 0, timers: 0, accepted: 0, seen: new Map() };

it("has agreements to play", () => expect(agreements.length).toBeGreaterThanOrEqual(25));

it.each(agreements)(
  "%s does what the model does",
  (name, text) => {
    const made = opened(name, text);
    const place = agreements.findIndex(([each]) => each === name);
    for (let story = 0; story < STORIES; story++) {
      // Other stories for each agreement: together they see more.
      const seed = FIRST_SEED + place + story * agreements.length;
      const found = playRandom(made, seed, EVENTS_MOST, total);
      if (found !== null) throw new Error(`\n${written(made, shrink(made, found), seed)}`);
    }
  },
  60_000 + STORIES * 1_000,
);

it.each(agreements)("%s does not care when ticks come", (name, text) => {
  const made = opened(name, text);
  const place = agreements.findIndex(([each]) => each === name);
  for (let story = 0; story < Math.ceil(STORIES / 4); story++) {
    const seed = FIRST_SEED + place + story * agreements.length;
    const found = punctual(made, storyOf(made, seed, EVENTS_MOST));
    if (found !== null) throw new Error(`\n${written(made, found, seed)}`);
  }
});

it("reached what it is there for", () => {
  const outcomes = ["fulfilled", "expired", "terminated", "rescinded"];
  const statuses = ["active", "overdue", "cured", "violated", "excused", "failed", "late"];
  const refusals = [
    "unknown-event",
    "invalid-input",
    "not-the-party",
    "wrong-state",
    "too-early",
    "too-late",
    "wrong-amount",
    "needs",
    "shortage",
    "limit",
    "fault",
    "nothing-due",
    "stale",
  ].map((kind) => `event ${kind}`);
  const missing = [...outcomes, ...statuses, ...refusals, "timer fault"].filter((what) => !total.seen.has(what));
  expect(missing).toEqual([]);
  expect(total.timers).toBeGreaterThan(500);
  expect(total.accepted * 3).toBeGreaterThan(total.events);
});
